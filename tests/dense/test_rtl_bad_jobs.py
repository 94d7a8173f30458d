"""Bad jobs, refusals and resets on a real simulator: what follows is as if nothing had been."""

import numpy as np
import pytest

from attnforge.hdl.dense import DESIGN, PRESETS
from attnforge.hdl.numeric import pack
from attnforge.sim.bench.run import Plan, run_plans
from attnforge.sim.bench.stalls import PROFILES
from attnforge.sim.bench.standard import refusals
from attnforge.sim.bench.steps import Cut, Overlong, QueueFull, SoftReset
from tests.dense.cores import check, jobs, rng_of

TINY = PRESETS["tiny"]


def run(steps, *profiles):
    plans = [Plan(steps, PROFILES[profile], seed) for seed, profile in enumerate(profiles, 1)]
    results = run_plans(DESIGN, TINY, plans)
    check(*results)
    return results


def beats(step):
    return len(pack(DESIGN.operand_segments(TINY, step.job), step.operands, TINY.beat_bytes))


@pytest.mark.parametrize("fields", [
    {"linear": 0, "queries": 14, "keys": 5, "head_dim": 5, "value_dim": 3},
    {"linear": 1, "queries": 14, "depth": 5, "channels": 6},
], ids=["head", "layer"])
def test_a_last_at_every_beat_ends_the_job_there(fields):
    """Whole blocks before it leave, and a beat of zeros ends them; the next job is right."""
    rng = rng_of(1, fields["linear"])
    bad = jobs(TINY, rng, 1, **fields)[0]
    steps = []
    for at in range(1, beats(bad)):
        steps += [Cut(bad.job, bad.operands, at), jobs(TINY, rng, 1, queries=3, linear=at % 2)[0]]
    steps += [Overlong(bad.job, bad.operands, extra) for extra in (1, 2, 9)]
    steps += jobs(TINY, rng, 1)
    for result in run(steps, "none", "both", "backpressure"):
        kinds = [job.kind for job in result.jobs]
        assert kinds.count("cut") > 5 and kinds.count("dropped") > 5


def test_many_bad_jobs_in_a_row_leave_nothing_behind():
    rng = rng_of(2)
    good, bad = jobs(TINY, rng, 6), jobs(TINY, rng, 16, queries=9)
    steps = [good[0]]
    for number, step in enumerate(bad):
        steps.append(Cut(step.job, step.operands, max(1, beats(step) * (number % 5) // 5 - 1)) if number % 4 else
                     Overlong(step.job, step.operands, 3))
    run([*steps, *good], "none", "backpressure")


@pytest.mark.parametrize("between", [0, 1], ids=["heads", "layers"])
def test_a_bad_head_between_good_jobs(between):
    """Its scores may be there already: they are no one's, and values of the job before come first."""
    rng = rng_of(3, between)
    steps = []
    for number, step in enumerate(jobs(TINY, rng, 16, linear=0, queries=9)):
        at = beats(step) - 1 - number
        steps += [*jobs(TINY, rng, 1, linear=between, queries=9), Cut(step.job, step.operands, max(1, at)),
                  *jobs(TINY, rng, 1, linear=between)]
    run(steps, "none", "both")


def test_a_refused_job_between_good_ones():
    """Every register below its range and above it: the error names it, the jobs go on."""
    rng = rng_of(4)
    steps = jobs(TINY, rng, 1)
    refused = list(refusals(DESIGN, TINY, steps[0].job, np.random.default_rng(3)))
    for step in refused:
        steps += [step, *jobs(TINY, rng, 1)]
    assert len(refused) == 51
    run(steps, "none", "both")


def test_a_job_more_than_slots_is_refused():
    rng = rng_of(5)
    run([*jobs(TINY, rng, 2), QueueFull(tuple(jobs(TINY, rng, TINY.job_slots))), *jobs(TINY, rng, 2)], "none", "both")


@pytest.mark.parametrize("linear", [0, 1], ids=["head", "layer"])
def test_a_reset_at_any_time_leaves_a_core_that_works(linear):
    rng = rng_of(6, linear)
    steps = []
    for share in np.linspace(0, 1, 12):
        step = jobs(TINY, rng, 1, queries=17, linear=linear)[0]
        pause = int(rng.integers(0, 1 + DESIGN.perf(TINY, step.job).latency))
        steps += [SoftReset(step.job, step.operands, round(share * beats(step)), pause), *jobs(TINY, rng, 1)]
    run(steps, "none", "both")
