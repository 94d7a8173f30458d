"""What the tests of the ANT core share: random cores, random jobs, and what a run must be."""

import itertools

import numpy as np

from attnforge.hdl.ant import DESIGN, Config
from attnforge.sim.bench.steps import Run

LARGEST = 70


def random_config(rng, rows, columns, beat_bytes, **fields):
    """A core of random maxima, types and widths; 8-bit operands where the array is even."""
    drawn = {name: bool(rng.integers(2)) for name in ("flint", "pot", "minifloat", "unsigned")}
    drawn |= {
        "max_m": int(rng.integers(5, 40)),
        "max_k": int(rng.integers(1, 40)),
        "max_n": int(rng.integers(1, 40)),
        "eight_bits": rows % 2 == columns % 2 == 0 and bool(rng.integers(4)),
        "wide_bits": int(rng.integers(8, 32, endpoint=True)),
        "multiplier_bits": int(rng.integers(8, 17, endpoint=True)),
        "sum_banks": int(rng.integers(2, 4, endpoint=True)),
        "job_slots": int(rng.integers(2, 16, endpoint=True)),
    }
    drawn["dsp"] = not (drawn["pot"] or drawn["minifloat"]) and bool(rng.integers(4))
    return Config(rows=rows, columns=columns, beat_bytes=beat_bytes, **drawn | fields)


def jobs(config, rng, count, **fields):
    """Random jobs as steps of a script."""
    return [Run(*DESIGN.random_job(config, rng, **fields)) for _ in range(count)]


def type_pairs(config):
    """Jobs' registers that go through all pairs of operand types, and through all types of results."""
    results = itertools.cycle(range(len(config.results)))
    pairs = itertools.product(range(len(config.activations)), range(len(config.weights)))
    return [{"a_type": a, "w_type": w, "o_type": next(results)} for a, w in pairs]


def ends(result):
    """Cycles of the last result beats of a run's jobs, dropped ones left out."""
    return [job.last_result for job in result.jobs if job.kind == "good"]


def check(*results):
    """Every byte, `last`, counter, error and stream rule of the runs was right, and outputs were compared."""
    for result in results:
        assert result.failures == []
        assert result.mismatches == 0 and result.outputs_checked > 0


def rng_of(*seed):
    """A generator for these numbers."""
    return np.random.default_rng(seed)
