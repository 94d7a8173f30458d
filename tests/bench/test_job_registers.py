"""Every job register of every design, written with values around its range and far above: refused or run, never cut."""

from dataclasses import replace

import numpy as np
import pytest

import attnforge.sim
from attnforge.gen.registry import DESIGNS
from attnforge.sim.bench.steps import Refused, Run

WORD = 1 << 32
VALUES = 40


def values(field, rng):
    """Both ends of the range, of the register and of a word, legal values under bits above, and any words."""
    near = [end + step for end in (field.low, field.high, WORD) for step in (-2, -1, 0, 1, 2)]
    width = [(1 << bits) + step for bits in range(field.bits, 33, 4) for step in (-1, 0, field.low)]
    legal = [int(rng.integers(field.low, field.high, endpoint=True)) for _ in range(6)]
    cut = [good + (int(rng.integers(1, max(2, WORD >> field.bits))) << field.bits) for good in legal]
    found = dict.fromkeys(each for each in (*near, *width, *legal, *cut) if 0 <= each < WORD)
    while len(found) < VALUES:
        found[int(rng.integers(0, WORD))] = None
    return list(found)[:VALUES]


def steps(design, config, rng):
    """Refused where the record's range says so; run, and compared with the model, where it does not."""
    for field in design.job_fields(config):
        for value in values(field, rng):
            if not field.low <= value <= field.high:
                yield Refused(design.random_job(config, rng)[0], {field.name: value})
            else:
                job, operands = design.random_job(config, rng, **{field.name: value})
                yield Run(replace(job, **{field.name: value}), operands)


@pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS)
def test_a_job_register_is_refused_or_run(design):
    config = design.presets["tiny"]
    script = list(steps(design, config, np.random.default_rng(11)))
    runs = sum(isinstance(step, Run) for step in script)
    result = attnforge.sim.run(design, config, steps=script, counters=False)
    assert result.passed, result.failures[:5]
    assert len(script) == VALUES * len(design.job_fields(config)) and 0 < runs < len(script)
    assert len(result.jobs) == runs
