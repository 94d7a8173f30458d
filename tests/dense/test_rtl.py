"""Generated cores on a real simulator: random jobs of both kinds on many cores, every byte and every cycle count."""

from types import SimpleNamespace

import pytest

from attnforge.hdl.dense import DESIGN
from attnforge.hdl.dense.perf import job_ends, perf
from attnforge.sim.bench.run import Plan, run_plans
from attnforge.sim.bench.stalls import PROFILES
from tests.dense.cores import check, ends, jobs, random_config, rng_of

# rows and columns, beat_bytes
CORES = [(1, 4), (2, 8), (3, 16), (4, 4), (5, 8), (6, 4), (8, 16)]
MORE = [(1, 64), (2, 4), (4, 32), (7, 4), (9, 8), (10, 256), (12, 16), (16, 8), (16, 4)]
RANDOM_JOBS = 30
SETTLED, PERIODS = 24, 24
STALLED = ("both", "bursts", "lazy")


def config_of(core):
    return random_config(rng_of(*core), *core)


def random_steps(core):
    return jobs(config_of(core), rng_of(1, *core), RANDOM_JOBS)


@pytest.fixture(
    scope="module",
    params=[*CORES, *(pytest.param(core, marks=pytest.mark.slow) for core in MORE)],
    ids=lambda core: "{0}x{0}-{1}B".format(*core),
)
def core(request):
    """All runs of one core: random jobs with and without stalls, jobs alone, and equal jobs in a row."""
    config, steps, rng = config_of(request.param), random_steps(request.param), rng_of(2, *request.param)
    alone = jobs(config, rng, 3, linear=0) + jobs(config, rng, 3, linear=1)
    series = jobs(config, rng, 2, linear=0) + jobs(config, rng, 1, linear=1)
    plans = [Plan(steps, counters=False), Plan(alone, overlap=False)]
    plans += [Plan(steps, PROFILES[profile], seed) for seed, profile in enumerate(STALLED, 1)]
    plans += [Plan([step] * (SETTLED + PERIODS + 2), counters=False) for step in series]
    free, alone, *rest = run_plans(DESIGN, config, plans)
    count = len(STALLED)
    return SimpleNamespace(config=config, free=free, alone=alone, stalled=rest[:count], series=rest[count:])


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


def test_equal_jobs_follow_at_the_interval_of_perf(core):
    check(*core.series)
    for result in core.series:
        found = perf(core.config, result.jobs[0].job)
        steady = result.intervals[SETTLED:][: found.period]
        assert sum(steady) == round(found.interval * found.period), result.jobs[0].job


def test_jobs_of_both_kinds_end_when_perf_says(core):
    """One after the other, as soon as a slot is free: whatever waits for what."""
    starts = [job.start for job in core.free.jobs]
    assert ends(core.free) == job_ends(core.config, [job.job for job in core.free.jobs], starts)


def test_the_cores_and_jobs_are_as_many_and_as_different_as_promised():
    """Of those that run by default: more than 200 jobs with stalls at both ends, of both kinds, with all masks."""
    found = [step.job for core in CORES for step in random_steps(core)]
    assert len(found) >= 200
    heads = [job for job in found if not job.linear]
    assert 70 < len(heads) < 140
    assert sum(job.causal for job in heads) > 20 and sum(job.first_key > 0 for job in heads) > 20
    assert sum(job.key_limit < job.keys for job in heads) > 20
    assert sum(job.queries != job.keys and job.head_dim != job.value_dim for job in heads) > 70
    configs = [config_of(core) for core in (*CORES, *MORE)]
    assert {c.serial for c in configs} == {True, False} and len({c.lanes for c in configs}) >= 3
    assert len({c.bits for c in configs}) >= 4 and len({c.out_bits for c in configs}) >= 4
    assert len({c.probability_bits for c in configs}) >= 7 and len({c.score_bits for c in configs}) >= 5
