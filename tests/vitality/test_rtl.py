"""Generated cores on a real simulator: random jobs on arrays of many shapes, every byte and every cycle count."""

import zlib
from types import SimpleNamespace

import numpy as np
import pytest

from attnforge.hdl.vitality import DESIGN
from attnforge.hdl.vitality.perf import job_ends, perf
from attnforge.sim.bench.run import Plan, run_plans
from attnforge.sim.bench.stalls import PROFILES
from tests.bench.pysim import simulate
from tests.vitality.cores import check, ends, jobs, random_config, shape

# rows, columns, bits, beat_bytes, key_sum
CORES = [
    (1, 1, 8, 1, True),
    (1, 8, 4, 4, True),
    (8, 1, 16, 2, True),
    (2, 3, 5, 8, True),
    (3, 2, 2, 1, False),
    (4, 4, 8, 16, True),
    (5, 7, 8, 4, False),
    (7, 5, 12, 2, True),
    (8, 8, 8, 8, True),
    (2, 8, 3, 1, True),
    (8, 2, 6, 2, False),
    (6, 6, 16, 16, True),
    (1, 5, 7, 8, False),
    (3, 4, 10, 4, True),
]
MORE = [(rows, columns, 2 + (3 * rows + 5 * columns) % 15, (4, 8, 2, 16)[(rows + columns) % 4], columns % 3 != 0)
        for rows, columns in ((1, 2), (2, 1), (2, 2), (1, 16), (16, 1), (3, 11), (11, 3), (9, 9), (12, 5), (5, 12),
                              (10, 7), (7, 10), (13, 2), (2, 13), (8, 16), (16, 8))]
RANDOM_JOBS = 16
SETTLED, PERIODS = 24, 24  # equal jobs before steady state, and in it; as many follow as came before
EQUAL_JOBS = 2 * SETTLED + PERIODS
STALLED = ("both", "bursts", "lazy")


def name(core):
    rows, columns, bits, beat_bytes, key_sum = core
    return f"{rows}x{columns}-{bits}bit-{beat_bytes}B" + ("" if key_sum else "-constant")


def config_of(core):
    return random_config(np.random.default_rng(zlib.crc32(name(core).encode())), *core)


def random_steps(config):
    return jobs(config, np.random.default_rng(config.rows + 100 * config.columns), RANDOM_JOBS)


CORES_OF_TESTS = [*CORES, *(pytest.param(core, marks=pytest.mark.slow) for core in MORE)]


@pytest.fixture(scope="module", params=CORES_OF_TESTS, ids=name)
def core(request):
    """All runs of one core: random jobs with and without stalls, jobs alone, and equal jobs in a row."""
    config = config_of(request.param)
    rng = np.random.default_rng(config.columns)
    steps = random_steps(config)
    alone = jobs(config, rng, 3)
    series = [*jobs(config, rng, 1), *jobs(config, rng, 1, tokens=config.max_tokens, head_dim=config.max_head_dim,
                                           value_dim=config.max_value_dim)]
    plans = [Plan(steps, counters=False), Plan(alone, overlap=False)]
    plans += [Plan(steps, PROFILES[profile], seed) for seed, profile in enumerate(STALLED, 1)]
    plans += [Plan([step] * EQUAL_JOBS, counters=False) for step in series]
    free, alone, *rest = run_plans(DESIGN, config, plans)
    return SimpleNamespace(config=config, free=free, alone=alone, stalled=rest[:-2], series=rest[-2:])


def test_random_jobs_equal_the_model(core):
    check(core.free)
    assert len(core.free.jobs) == RANDOM_JOBS


def test_random_jobs_equal_the_model_with_random_stalls(core):
    check(*core.stalled)
    assert len(core.stalled) == len(STALLED)


def test_a_job_alone_takes_the_latency_of_perf(core):
    check(core.alone)
    for job in core.alone.jobs:
        assert job.latency == perf(core.config, job.job).latency, job.job
        assert job.counters["JOB_CYCLES"] == job.latency


def test_different_jobs_in_a_row_end_when_perf_says(core):
    starts = [job.start for job in core.free.jobs]
    assert ends(core.free) == job_ends(core.config, [job.job for job in core.free.jobs], starts)


def test_equal_jobs_in_a_row_have_the_interval_of_perf(core):
    check(*core.series)
    for result in core.series:
        job = result.jobs[0].job
        starts = [each.start for each in result.jobs]
        assert ends(result) == job_ends(core.config, [job] * EQUAL_JOBS, starts)
        found = perf(core.config, job)
        steady = result.intervals[SETTLED : SETTLED + PERIODS]
        assert len(steady) == PERIODS >= found.period
        assert steady == (steady[: found.period] * PERIODS)[:PERIODS], job
        assert sum(steady[: found.period]) == pytest.approx(found.period * found.interval, abs=1e-6), job


def test_the_cores_and_jobs_are_as_many_and_as_different_as_promised():
    configs = [config_of(core) for core in CORES]
    steps = [step for config in configs for step in random_steps(config)]
    sizes = [shape(step.job) for step in steps]
    assert len(steps) >= 200 and len({(c.rows, c.columns) for c in configs}) >= 12
    assert {c.rows < c.columns for c in configs} == {c.rows > c.columns for c in configs} == {True, False}
    assert {c.beat_bytes for c in configs} == {1, 2, 4, 8, 16}
    assert {(c.key_sum, c.row_denominator) for c in configs} == {(True, False), (True, True), (False, False)}
    assert len({c.bits for c in configs}) >= 8 and len({c.out_bits for c in configs}) >= 6
    assert len({c.dividers for c in configs}) >= 3
    assert sum(d != d_v for _, d, d_v in sizes) > 150
    assert sum(bool(n % c.rows and d % c.rows and d_v % c.columns) for c in configs if c.rows > 1 < c.columns
               for n, d, d_v in (shape(step.job) for step in random_steps(c))) > 50


@pytest.mark.parametrize("seed", range(3))
def test_no_memory_word_is_read_while_it_is_written(seed):
    """In Amaranth's simulator, where every memory asserts it."""
    rng = np.random.default_rng(seed)
    config = random_config(rng, *rng.integers(1, 5, 2).tolist(), 8, int(2 ** rng.integers(0, 4)), True, most=10)
    steps = jobs(config, rng, 6)
    runs = [(step.job, step.operands) for step in steps]
    simulate(DESIGN, config, runs, seed=seed, idle=0.2 * seed, backpressure=0.2 * seed)
