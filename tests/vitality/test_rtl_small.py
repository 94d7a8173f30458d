"""Cores for a small FPGA on a real simulator: few job slots, serial units, and the blocks of the iCE40."""

import dataclasses

import numpy as np
import pytest

from attnforge.hdl.vitality import DESIGN, PRESETS
from attnforge.hdl.vitality.perf import job_ends
from attnforge.sim.bench.run import Plan, run_plans
from attnforge.sim.bench.standard import check_design
from attnforge.sim.bench.steps import Run
from tests.vitality.cores import EXTREMES, check, ends, extreme_jobs, jobs

TINY = PRESETS["tiny"]
CORES = {
    "icebreaker": (PRESETS["icebreaker"], "ice40"),
    "two-slots": (dataclasses.replace(TINY, job_slots=2), "generic"),
    "serial-ice40": (dataclasses.replace(TINY, job_slots=3, serial=True), "ice40"),
    "serial-two-dividers": (dataclasses.replace(TINY, dividers=2, serial=True, out_bits=6, key_sum=False,
                                                lossy=True), "generic"),
    "widest-serial": (dataclasses.replace(EXTREMES["widest"], job_slots=2, serial=True), "ice40"),
}
SLOW = ("serial-two-dividers", "widest-serial")
NAMES = [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in CORES]


@pytest.mark.parametrize("name", NAMES)
def test_the_bench_passes(name):
    """Random and bad jobs under all stalls equal the model; latency and interval are those of perf."""
    config, target = CORES[name]
    checks = check_design(DESIGN, config, seed=3, target=target)
    assert [text for each in checks for text in each.failures] == []


@pytest.mark.parametrize("name", NAMES)
def test_different_jobs_in_a_row_end_when_perf_says(name):
    config, target = CORES[name]
    steps = jobs(config, np.random.default_rng(4), 24)
    result, = run_plans(DESIGN, config, [Plan(steps, counters=False)], target=target)
    check(result)
    starts = [job.start for job in result.jobs]
    assert ends(result) == job_ends(config, [step.job for step in steps], starts)


def test_extreme_operands_and_registers_on_the_icebreaker():
    config, target = CORES["icebreaker"]
    steps = [Run(*each) for each in extreme_jobs(config, np.random.default_rng(21))]
    check(*run_plans(DESIGN, config, [Plan(steps, counters=False)], target=target))
