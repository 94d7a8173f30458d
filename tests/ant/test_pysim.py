"""Whole cores in Amaranth's simulator: quick, and its memories assert that no word is read while it is written."""

import pytest

from attnforge.hdl.ant import DESIGN, Config
from tests.ant.cores import jobs, random_config, rng_of, type_pairs
from tests.bench.pysim import simulate

SIZES = {"rows": 2, "columns": 2, "max_m": 6, "max_k": 10, "max_n": 3, "beat_bytes": 4}
BODIES = {
    "all types in look-up tables": Config(pot=True, minifloat=True, **SIZES),
    "int and flint in look-up tables": Config(dsp=False, sum_banks=3, **SIZES),
    "int and flint in DSP blocks": Config(**SIZES),
}


@pytest.mark.parametrize("name", BODIES)
def test_products_of_all_pairs_of_types_in_every_body(name):
    config, rng = BODIES[name], rng_of(11)
    steps = [jobs(config, rng, 1, **pair)[0] for pair in type_pairs(config)]
    simulate(DESIGN, config, [(step.job, step.operands) for step in steps], idle=0.1, backpressure=0.1)


@pytest.mark.parametrize("seed", range(3))
def test_no_memory_word_is_read_while_it_is_written(seed):
    rng = rng_of(seed)
    config = random_config(rng, *(2 * rng.integers(1, 3, 2)).tolist(), 4, max_m=20, max_k=12, max_n=10)
    steps = jobs(config, rng, 5)
    simulate(DESIGN, config, [(step.job, step.operands) for step in steps], seed=seed, idle=0.2 * seed,
             backpressure=0.2 * seed)


def test_short_jobs_share_no_parameters_however_long_results_wait():
    """Jobs of one row each, whose parameters come and go while a stalled stream keeps the oldest one's in use."""
    config = Config(rows=2, columns=2, max_m=4, max_k=4, max_n=4, beat_bytes=16, job_slots=16)
    rng = rng_of(9)
    steps = [(step.job, step.operands) for step in jobs(config, rng, 24, m=1, k=2)]
    simulate(DESIGN, config, steps, seed=3, backpressure=0.9)


def test_bad_jobs_take_no_parameters_from_jobs_whose_results_wait():
    """Jobs that end in their parameters pass the array at once, while a stalled stream keeps other jobs' in use."""
    config = Config(rows=2, columns=2, max_m=4, max_k=4, max_n=4, beat_bytes=16, job_slots=16)
    rng = rng_of(10)
    steps = [(step.job, step.operands) for step in jobs(config, rng, 36, m=1, k=2, n=4, o_type=len(config.results) - 1)]
    # Three good ones, which fill the banks of sums, and three bad ones.
    steps = [step if number % 6 < 3 else (*step, 1) for number, step in enumerate(steps)]
    simulate(DESIGN, config, steps, seed=4, backpressure=0.9)
