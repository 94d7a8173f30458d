"""Generated cores on a real simulator at the edges: extreme operands, bad jobs among good ones, the shortest jobs."""

import dataclasses

import numpy as np
import pytest

from attnforge.hdl.numeric import pack
from attnforge.hdl.vitality import DESIGN, PRESETS, Config
from attnforge.hdl.vitality.job import job_fields
from attnforge.hdl.vitality.model import nonpositive_rows
from attnforge.hdl.vitality.perf import job_ends, perf
from attnforge.sim.bench.run import Plan, run_plans
from attnforge.sim.bench.stalls import PROFILES
from attnforge.sim.bench.steps import Cut, Overlong, QueueFull, Refused, Run, SoftReset
from tests.bench.pysim import simulate
from tests.vitality.cores import EXTREMES, check, ends, extreme_jobs, jobs

TINY = PRESETS["tiny"]
ONES = Config(rows=1, columns=1, max_tokens=1, max_head_dim=1, max_value_dim=1, beat_bytes=1)
STALLS = ["none", "both", "lazy"]


def rng_of(request):
    """Seeded by the test's name, so that no two tests run the same jobs."""
    return np.random.default_rng(list(request.node.name.encode()))


def run(steps, *profiles, config=TINY, **options):
    """Run the same steps under each stall profile; all must be right."""
    plans = [Plan(steps, PROFILES[profile], seed, **options) for seed, profile in enumerate(profiles, 1)]
    results = run_plans(DESIGN, config, plans)
    check(*results)
    return results


def beats(config, step):
    return len(pack(DESIGN.operand_segments(config, step.job), step.operands, config.beat_bytes))


# Operands -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("config", EXTREMES.values(), ids=EXTREMES)
def test_extreme_operands_and_registers(config):
    steps = [Run(*each) for each in extreme_jobs(config, np.random.default_rng(20))]
    results = run(steps, "none", "both", config=config, counters=False)
    assert all(len(result.jobs) == 128 for result in results)


def test_largest_and_smallest_sizes_take_turns(request):
    """Every mix of 1 and the maximum for n, d and d_v, each next to each other often."""
    rng = rng_of(request)
    sizes = [{"tokens": n, "head_dim": d, "value_dim": d_v}
             for n in (1, TINY.max_tokens) for d in (1, TINY.max_head_dim) for d_v in (1, TINY.max_value_dim)]
    steps = [jobs(TINY, rng, 1, **sizes[k])[0] for k in rng.permutation(5 * list(range(8)))]
    free, *_ = run(steps, *STALLS, counters=False)
    assert ends(free) == job_ends(TINY, [step.job for step in steps], [job.start for job in free.jobs])


# The shortest jobs ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("config", [TINY, ONES, *EXTREMES.values()], ids=["tiny", "1x1 for one token", *EXTREMES])
def test_thirty_shortest_jobs_back_to_back(config, request):
    """n = d = d_v = 1."""
    steps = jobs(config, rng_of(request), 30, tokens=1, head_dim=1, value_dim=1)
    free, *_ = run(steps, *STALLS, config=config, counters=False)
    assert ends(free) == job_ends(config, [step.job for step in steps], [job.start for job in free.jobs])


def test_a_short_job_between_long_ones(request):
    rng = rng_of(request)
    long = {"tokens": TINY.max_tokens, "head_dim": TINY.max_head_dim, "value_dim": TINY.max_value_dim}
    short = dict.fromkeys(long, 1)
    sizes = (long, short, long, short, short, long) * 3
    run([jobs(TINY, rng, 1, **size)[0] for size in sizes], *STALLS, counters=False)


# Bad jobs -------------------------------------------------------------------------------------------------------------
def test_a_refused_job_between_two_good_ones(request):
    """Every register below its range and above it, as far as its width goes: the error names it, the jobs go on."""
    steps = jobs(TINY, rng_of(request), 1)
    for field in job_fields(TINY):
        for value in (field.low - 1, field.high + 1, (1 << field.bits) - 1):
            if 0 <= value < 1 << field.bits and not field.low <= value <= field.high:
                steps += [Refused(steps[-1].job, {field.name: value}), *jobs(TINY, rng_of(request), 1)]
    assert sum(isinstance(step, Refused) for step in steps) >= 6
    run(steps, "none", "both")


def test_a_job_more_than_slots_is_refused(request):
    rng = rng_of(request)
    run([*jobs(TINY, rng, 2), QueueFull(tuple(jobs(TINY, rng, TINY.job_slots))), *jobs(TINY, rng, 2)], "none", "both")


@pytest.mark.parametrize("profile", STALLS)
def test_a_job_cut_short_at_any_beat(profile, request):
    """An early `last` on every beat of K, of V and of Q: no results, an error, and the next job is right."""
    rng = rng_of(request)
    whole = jobs(TINY, rng, 1, tokens=3, head_dim=5, value_dim=6)[0]
    steps = jobs(TINY, rng, 1)
    for at in range(1, beats(TINY, whole)):
        steps += [Cut(whole.job, whole.operands, at), *jobs(TINY, rng, 1 + at % 2)]
    result = run(steps, profile)[0]
    dropped = [job for job in result.jobs if job.kind == "dropped"]
    assert len(dropped) == beats(TINY, whole) - 1 == 17 and all(job.beats == 0 for job in dropped)


@pytest.mark.parametrize("extra", [1, 2, 40])
def test_a_job_without_its_last_is_drained(extra, request):
    """The beats up to the next `last` are thrown away: no results, an error, and the next job is right."""
    rng = rng_of(request)
    steps = []
    for step in jobs(TINY, rng, 5):
        steps += [*jobs(TINY, rng, 1), Overlong(step.job, step.operands, extra), *jobs(TINY, rng, 2)]
    run(steps, "none", "both")


def test_the_shortest_jobs_cut_and_overlong(request):
    """n = d = d_v = 1: three beats."""
    rng = rng_of(request)
    steps = []
    for step in jobs(TINY, rng, 4, tokens=1, head_dim=1, value_dim=1):
        for bad in (Cut(*_parts(step), 1), Cut(*_parts(step), 2), Overlong(*_parts(step))):
            steps += [bad, step, step]
    run(steps, *STALLS)


def _parts(step):
    return step.job, step.operands


@pytest.mark.parametrize("seed", range(4))
def test_bad_jobs_in_a_row(seed):
    """Good jobs, jobs cut short and jobs that run over, in any order and all in flight together."""
    rng = np.random.default_rng(seed)
    config = Config(rows=2, columns=3, max_tokens=4, max_head_dim=5, max_value_dim=7, beat_bytes=2)
    stream = []
    for step in jobs(config, rng, 24):
        whole = beats(config, step)
        length = [(), (int(rng.integers(1, whole)),), (whole + int(rng.integers(1, 6)),)][rng.integers(3)]
        stream.append((step.job, step.operands, *length))
    assert sum(len(each) > 2 for each in stream) >= 10
    simulate(DESIGN, config, [*stream, *((step.job, step.operands) for step in jobs(config, rng, 2))], seed=seed,
             idle=0.3 * (seed % 2), backpressure=0.3 * (seed // 2))


# Soft reset -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("profile", ["none", "both"])
def test_a_soft_reset_at_any_time(profile, request):
    """With none, some or all operands in, while the array works and while results leave: then good jobs, as new."""
    rng = rng_of(request)
    steps = jobs(TINY, rng, 2)
    for step in jobs(TINY, rng, 20, tokens=6):
        whole = beats(TINY, step)
        sent = int(rng.choice([0, 1, whole // 2, whole - 1, whole, whole, whole]))
        pause = int(rng.integers(0, perf(TINY, step.job).latency + 20))
        steps += [SoftReset(step.job, step.operands, sent, pause), *jobs(TINY, rng, 2)]
    run(steps, profile)


# Counters -------------------------------------------------------------------------------------------------------------
def with_low_denominators(steps):
    """Every second job with a constant of zero or almost nothing: with a row's own denominator, Q ksum^T decides."""
    return [Run(dataclasses.replace(step.job, denominator_base=k // 2 % 3), step.operands) if k % 2 else step
            for k, step in enumerate(steps)]


@pytest.mark.parametrize("config", [TINY, EXTREMES["row denominator"]], ids=["tiny", "row denominator"])
def test_counters_are_exact(config, request):
    """Products 2 n d d_v, rows without a positive denominator as in the model, cycles as in `perf`."""
    steps = with_low_denominators(jobs(config, rng_of(request), 40))
    result = run(steps, "none", config=config, overlap=False)[0]
    rows = 0
    for step, found in zip(steps, result.jobs, strict=True):
        job, counters = step.job, found.counters
        assert counters["JOB_MACS_LO"] == 2 * job.tokens * job.head_dim * job.value_dim
        assert counters["NONPOSITIVE_ROWS"] == nonpositive_rows(config, job, step.operands)
        assert counters["JOB_CYCLES"] == perf(config, job).latency
        assert (counters["JOB_MACS_HI"], counters["JOB_STALL_IN"], counters["JOB_STALL_OUT"]) == (0, 0, 0)
        rows += counters["NONPOSITIVE_ROWS"]
    assert rows > 0


def test_counters_are_exact_with_stalls_and_bad_jobs_between(request):
    """The checker compares cycles, stalls and products with the pins; here the design's own."""
    rng = rng_of(request)
    steps = []
    for step in with_low_denominators(jobs(TINY, rng, 12, tokens=9)):
        steps += [step, Cut(step.job, step.operands, int(rng.integers(1, beats(TINY, step)))), *jobs(TINY, rng, 2)]
    total = 0
    alone, overlapping = run(steps, "both", "bursts", overlap=False), run(steps, "both", "bursts")
    for result, least in [*((result, 3 * 12) for result in alone), *((result, 1) for result in overlapping)]:
        rows = {found.step: found.counters["NONPOSITIVE_ROWS"] for found in result.jobs
                if found.kind == "good" and found.counters}
        assert rows == {at: nonpositive_rows(TINY, steps[at].job, steps[at].operands) for at in rows}
        # Of jobs that overlap, some leave before the counters of the one before have been read.
        assert len(rows) >= least
        total += sum(rows.values())
    assert total > 0
