"""Generated cores on a real simulator: random products of all types, every byte and every cycle count."""

from types import SimpleNamespace

import numpy as np
import pytest

from attnforge.hdl.ant import DESIGN, Config
from attnforge.hdl.ant.perf import job_ends, perf
from attnforge.sim.bench.run import Plan, run_plans
from attnforge.sim.bench.stalls import PROFILES
from tests.ant.cores import LARGEST, check, ends, jobs, random_config, rng_of, type_pairs

# rows, columns, beat_bytes
CORES = [(1, 1, 4), (1, 6, 8), (2, 2, 4), (4, 7, 8), (6, 16, 4)]
MORE = [(5, 1, 4), (3, 4, 16), (8, 4, 32),
        (2, 1, 8), (1, 2, 4), (7, 3, 64), (2, 12, 4), (16, 2, 8), (10, 6, 16), (9, 9, 4), (4, 8, 256), (12, 14, 8)]
SETTLED, PERIODS = 24, 24
STALLED = ("both", "bursts", "lazy")


@pytest.fixture(
    scope="module",
    params=[*CORES, *(pytest.param(core, marks=pytest.mark.slow) for core in MORE)],
    ids=lambda core: "{}x{}-{}B".format(*core),
)
def core(request):
    """All runs of one core: random jobs with and without stalls, jobs alone, and equal jobs in a row."""
    rng = rng_of(*request.param)
    config = random_config(rng, *request.param)
    steps, alone, series = jobs(config, rng, 24), jobs(config, rng, 4), jobs(config, rng, 2)
    plans = [Plan(steps, counters=False), Plan(alone, overlap=False)]
    plans += [Plan(steps, PROFILES[profile], seed) for seed, profile in enumerate(STALLED, 1)]
    plans += [Plan([step] * (SETTLED + PERIODS + 2), counters=False) for step in series]
    free, alone, *rest = run_plans(DESIGN, config, plans)
    return SimpleNamespace(config=config, free=free, alone=alone, stalled=rest[:-2], series=rest[-2:])


def test_random_jobs_equal_the_model(core):
    check(core.free)


def test_random_jobs_equal_the_model_with_random_stalls(core):
    check(*core.stalled)
    assert len(core.stalled) == len(STALLED)


def test_a_job_alone_takes_the_latency_of_perf(core):
    check(core.alone)
    for job in core.alone.jobs:
        assert job.latency == perf(core.config, job.job).latency, job.job


def test_equal_jobs_follow_at_the_interval_of_perf(core):
    check(*core.series)
    for result in core.series:
        found = perf(core.config, result.jobs[0].job)
        steady = result.intervals[SETTLED:][: found.period]
        assert sum(steady) == found.interval * found.period, result.jobs[0].job


def test_jobs_of_all_kinds_end_when_perf_says(core):
    """One after the other, as soon as a slot is free: whatever waits for what."""
    starts = [job.start for job in core.free.jobs]
    assert ends(core.free) == job_ends(core.config, [job.job for job in core.free.jobs], starts)


SIZES = {"max_m": LARGEST, "max_k": LARGEST, "max_n": LARGEST}
ALL_TYPES = {
    "small": Config(rows=4, columns=4, pot=True, minifloat=True, beat_bytes=4, **SIZES),
    "oblong": Config(rows=8, columns=12, pot=True, minifloat=True, beat_bytes=16, sum_banks=3, **SIZES),
}


@pytest.mark.parametrize("name", ["small", "oblong"])
def test_250_products_of_1_to_70_in_every_size_of_all_pairs_of_types_with_stalls(name):
    """With the other array 500 products: every pair of types, both precisions, every type of results."""
    config = ALL_TYPES[name]
    rng = rng_of(len(name))
    pairs = type_pairs(config)
    steps = [jobs(config, rng, 1, **pairs[number % len(pairs)])[0] for number in range(250)]
    free, stalled = run_plans(DESIGN, config, [Plan(steps[:125]), Plan(steps[125:], PROFILES["both"], 7)])
    check(free, stalled)
    assert len(free.jobs) + len(stalled.jobs) == 250
    assert {(step.job.a_type, step.job.w_type) for step in steps} == {(p["a_type"], p["w_type"]) for p in pairs}
    assert {step.job.o_type for step in steps} == set(range(len(config.results)))


@pytest.mark.parametrize("target", ["generic", "ecp5"])
def test_products_in_dsp_blocks_two_in_each(target):
    """All pairs of the types that fit, with the primitive of the ECP5 and without."""
    config = Config(rows=4, columns=6, beat_bytes=8, **SIZES)
    assert config.dsp
    rng = rng_of(6)
    steps = [jobs(config, rng, 1, **pair)[0] for pair in type_pairs(config) for _ in range(3)]
    check(*run_plans(DESIGN, config, [Plan(steps), Plan(steps, PROFILES["both"], 5)], target=target))


def test_the_tests_cover_what_they_are_for():
    configs = [random_config(rng_of(*core), *core) for core in (*CORES, *MORE)]
    assert {c.eight_bits for c in configs} == {c.pot for c in configs} == {c.unsigned for c in configs} == {True, False}
    assert {c.dsp for c in configs} == {True, False}
    assert len({c.lanes for c in configs}) >= 3 and {c.sum_banks for c in configs} == {2, 3, 4}
    assert any(c.rows == c.columns == 1 for c in configs)
    assert len({np.sign(c.rows - c.columns) for c in configs}) == 3
