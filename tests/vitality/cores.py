"""What the tests of the ViTALiTy core share: random cores, random jobs, and a core's runs."""

import dataclasses
import itertools

import numpy as np

from attnforge.hdl.vitality import DESIGN, Config
from attnforge.hdl.vitality.job import job_constants, job_fields
from attnforge.sim.bench.steps import Run

SMALL = {"max_tokens": 9, "max_head_dim": 5, "max_value_dim": 4}
EXTREMES = {
    "narrowest": Config(rows=3, columns=2, beat_bytes=1, bits=2, out_bits=2, mean_fraction_bits=0, g_bits=4,
                        numerator_fraction_bits=0, denominator_bits=8, multiplier_bits=8, lossy=True, **SMALL),
    "default widths": Config(rows=4, columns=3, beat_bytes=2, **SMALL),
    "widest": Config(rows=2, columns=2, beat_bytes=8, bits=16, out_bits=16, mean_fraction_bits=8, g_bits=20,
                     numerator_fraction_bits=16, denominator_bits=32, multiplier_bits=24, job_slots=16, lossy=True,
                     **SMALL),
    "row denominator": Config(rows=3, columns=4, beat_bytes=2, mean_fraction_bits=2, row_denominator=True, lossy=True,
                              **SMALL),
}
CONTAINER = {1: 8, 2: 16}  # widest element that a beat of so many bytes holds


def jobs(config, rng, count, **sizes):
    """Random jobs as steps of a script."""
    steps = []
    while len(steps) < count:
        try:
            steps.append(Run(*DESIGN.random_job(config, rng, **sizes)))
        except ValueError as error:  # random scales may be too far apart for this core's registers
            if "not within" not in str(error) and "does not fit" not in str(error):
                raise
    return steps


def random_config(rng, rows, columns, bits, beat_bytes, key_sum, most=24):
    """A core of random maxima and widths; one of three with SA-Diag divides by the row's own denominator.

    Parameters
    ----------
    rng : numpy Generator
    rows, columns, bits, beat_bytes, key_sum
        See `Config`.
    most : int
        Largest maximum of n, d and d_v.
    """
    maxima = {name: int(rng.integers(5, most, endpoint=True)) for name in
              ("max_tokens", "max_head_dim", "max_value_dim")}
    out_bits = int(rng.integers(2, CONTAINER.get(beat_bytes, 16), endpoint=True))
    lanes = min(columns, DESIGN.Config(out_bits=out_bits, beat_bytes=beat_bytes, bits=4, lossy=True).result_elements)
    dividers = [None, *(n for n in range(1, lanes + 1) if columns % n == 0)]
    return Config(
        rows=rows,
        columns=columns,
        bits=bits,
        beat_bytes=beat_bytes,
        key_sum=key_sum,
        out_bits=out_bits,
        dividers=dividers[rng.integers(len(dividers))],
        mean_fraction_bits=int(rng.integers(0, 8, endpoint=True)),
        g_bits=int(rng.integers(4, 20, endpoint=True)),
        numerator_fraction_bits=int(rng.integers(4, 12, endpoint=True)),
        denominator_bits=int(rng.integers(16, 32, endpoint=True)),
        multiplier_bits=int(rng.integers(8, 20, endpoint=True)),
        job_slots=int(rng.integers(8, 16, endpoint=True)),
        row_denominator=bool(key_sum and rng.integers(3) == 0),
        lossy=True,
        **maxima,
    )


def shape(job):
    """n, d and d_v."""
    return job.tokens, job.head_dim, job.value_dim


def ends(result):
    """Cycles of the last result beats of a run's jobs, dropped ones left out."""
    return [job.last_result for job in result.jobs if job.kind == "good"]


def check(*results):
    """Every byte, `last`, counter, error and stream rule of the runs was right, and outputs were compared."""
    for result in results:
        text = "\n".join(result.failures[:10])
        assert result.passed, f"{len(result.failures)} failures, seed {result.seed}, {result.stalls}:\n{text}"
        assert result.mismatches == 0 and result.outputs_checked > 0


def extreme_jobs(config, rng):
    """Every mix of least, greatest and alternating operands, with registers that fit and with the ends of ranges."""
    form = config.operand
    n, d, columns = config.max_tokens, config.max_head_dim, config.max_value_dim

    def pattern(kind, shape):
        if kind in ("min", "max"):
            return np.full(shape, getattr(form, kind), np.int64)
        alternate = np.add.outer(np.arange(shape[0]), np.arange(shape[1]) * (kind == "chequered"))
        return np.where(alternate % 2 == 0, form.max, form.min)

    for kinds in itertools.product(("min", "max", "rows", "chequered"), repeat=3):
        shapes = ((n, d), (n, d), (n, columns))
        operands = {name: pattern(kind, shape) for name, kind, shape in zip("qkv", kinds, shapes, strict=True)}
        fitting = job_constants(config, operands, 0.5 / form.max**2, 0.5 * form.max / config.result.max)
        registers = {field.name: (field.low, field.high) for field in job_fields(config)[3:]}
        wild = {name: ends[rng.integers(2)] for name, ends in registers.items()}
        yield fitting, operands
        yield dataclasses.replace(fitting, **wild), operands
