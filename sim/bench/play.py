"""The cocotb bench of every design: plays the runs of a plan in the harness, and checks each of them.

It works from the files that `attnforge.sim.bench.run` made. Python wakes up only at the ends of jobs, because the
harness has the streams; drivers for small benches, which move every beat from Python, are in sim/drivers/ports.py.
"""

import os
import pickle
import time
from pathlib import Path

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, FallingEdge, First, RisingEdge, ValueChange

from attnforge.sim.bench.check import check_run
from attnforge.sim.bench.log import read_log

PERIOD_NS = 10
EXTRA_BEATS = 200  # so many results more than expected are looked at


async def _play(dut, index, run):
    """Play one run and return its log."""
    dut.rst.value = 1
    dut.index.value = index
    dut.seed.value = run.seed
    for name, value in run.stalls.knobs().items():
        getattr(dut, name).value = value
    dut.patience.value = run.patience
    dut.most.value = sum(len(job.beats) for job in run.script.jobs) + EXTRA_BEATS
    await ClockCycles(dut.clk, 1)
    dut.load.value = 1
    await ClockCycles(dut.clk, 3)
    dut.load.value = 0
    await FallingEdge(dut.clk)
    dut.rst.value = 0
    finished, progress = RisingEdge(dut.finished), ValueChange(dut.jobs)
    while await First(finished, progress) is not finished:
        print(f"progress {index} {int(dut.jobs.value)}", flush=True)
    await ClockCycles(dut.clk, 3)
    return read_log(Path(f"run{index}.log"), run.script.beat_bytes)


@cocotb.test()
async def every_output_equals_the_model(dut):
    """All runs of the plan: every byte, every `last`, every counter and error, and the rules of the streams."""
    with open(os.environ["ATTNFORGE_PLAN"], "rb") as file:
        plan = pickle.load(file)
    dut.load.value = 0
    Clock(dut.clk, PERIOD_NS, unit="ns").start()
    results = []
    for index, run in enumerate(plan):
        began = time.monotonic()
        log = await _play(dut, index, run)
        result = check_run(run.script, log)
        result.seconds = time.monotonic() - began
        results.append(result)
    with open("results.pkl", "wb") as file:
        pickle.dump(results, file)
    failures = [f"run {index}: {text}" for index, result in enumerate(results) for text in result.failures]
    if failures:
        raise AssertionError("\n".join(failures[:40]))
