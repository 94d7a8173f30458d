"""The core of 16 x 16, all 18 real DINOv2 heads: every byte and every cycle."""

from types import SimpleNamespace

import pytest

from attnforge.hdl.vitality import DESIGN, Config
from attnforge.hdl.vitality.perf import job_ends, perf
from attnforge.sim.bench.run import Plan, run_plans
from attnforge.sim.bench.stalls import PROFILES, Stalls
from attnforge.sim.bench.steps import Run
from attnforge.sim.data import load_heads
from tests.vitality.cores import check, ends

CONFIG = Config()
OUTPUTS = 18 * 257 * 64
PROFILES_HERE = {"a little": Stalls(0.1, 0.1), "both": PROFILES["both"], "bursts": PROFILES["bursts"]}


@pytest.fixture(scope="module")
def runs():
    """The heads as jobs back to back, each with its own scales: unstalled, and with random stalls at both ends."""
    assert (CONFIG.rows, CONFIG.columns) == (16, 16)
    steps = [Run(*DESIGN.quantise(CONFIG, head.tensors)[:2]) for head in load_heads()]
    plans = [Plan(steps), *(Plan(steps, stalls, seed) for seed, stalls in enumerate(PROFILES_HERE.values(), 1))]
    free, *stalled = run_plans(DESIGN, CONFIG, plans)
    stalled = dict(zip(PROFILES_HERE, stalled, strict=True))
    return SimpleNamespace(jobs=[step.job for step in steps], free=free, stalled=stalled)


def test_each_head_has_its_own_scales(runs):
    assert len({(job.value_multiplier, job.denominator_base) for job in runs.jobs}) == 18


def test_no_output_of_18_heads_differs_from_the_model(runs):
    check(runs.free)
    assert runs.free.outputs_checked == OUTPUTS == 296_064
    assert all(job.counters["JOB_MACS_LO"] == 2 * 257 * 64 * 64 for job in runs.free.jobs)


@pytest.mark.parametrize("stalls", PROFILES_HERE)
def test_no_output_of_18_heads_differs_from_the_model_with_random_stalls(runs, stalls):
    check(runs.stalled[stalls])
    assert runs.stalled[stalls].outputs_checked == OUTPUTS


def test_every_head_ends_when_perf_says(runs):
    assert ends(runs.free) == job_ends(CONFIG, runs.jobs, [job.start for job in runs.free.jobs])


def test_heads_follow_each_other_at_the_interval_of_perf(runs):
    """All but the first, which fills the pipeline, and the last, behind which no other head hides."""
    assert set(runs.free.intervals[1:-1]) == {perf(CONFIG, runs.jobs[0]).interval}
    assert runs.free.intervals[1] == 8464


def test_utilisation_that_is_measured_is_at_least_95_percent(runs):
    job, interval = runs.jobs[0], runs.free.intervals[5]
    assert 2 * job.tokens * job.head_dim * job.value_dim / (16 * 16 * interval) >= 0.95
