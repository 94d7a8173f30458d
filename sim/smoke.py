"""A cocotb bench with Python drivers alone: a few jobs on any design, independent of the harness."""

import os
import pickle

import cocotb
from cocotb.triggers import with_timeout

from sim.drivers import HostPins

__all__ = ["SmokePlan"]


class SmokePlan:
    """What to run: nothing but data, so that it can go to another process.

    Attributes
    ----------
    registers : RegisterMap
    jobs : list of (dict of job registers, operand payloads, result payloads)
        Payloads are integers, `last` in the top bit.
    stalls : Stalls
    seed : int
    """

    def __init__(self, registers, jobs, stalls, seed):
        self.registers, self.jobs, self.stalls, self.seed = registers, jobs, stalls, seed


@cocotb.test()
async def jobs_back_to_back_give_what_the_model_gives(dut):
    """Every beat and every `last`, the counters that all designs have, and the rules of both streams."""
    with open(os.environ["ATTNFORGE_PLAN"], "rb") as file:
        plan = pickle.load(file)
    pins = HostPins(dut, plan.registers, plan.stalls, plan.seed)
    await pins.start()
    try:
        await with_timeout(_play(pins, plan), 2, "ms")
    finally:
        assert not pins.violations, pins.violations[:5]


async def _play(pins, plan):
    csr = pins.csr
    assert await csr.read("ID") == plan.registers["ID"].value
    for registers, operands, _ in plan.jobs:
        await csr.until("STATUS", lambda status: status >> 8 & 0xFF)
        for name, value in registers.items():
            csr.write(name.upper(), value)
        csr.write("CONTROL", 1)
        pins.source.send(operands)
    await csr.until("STATUS", lambda status: not status & 1)
    await pins.cycles(20)
    assert await csr.read("ERROR") == 0
    assert await csr.read("JOB_NUMBER") == len(plan.jobs)
    got = [payload for _, payload in pins.sink.beats]
    wanted = [payload for _, _, results in plan.jobs for payload in results]
    assert len(got) == len(wanted), f"{len(got)} result beats, not {len(wanted)}"
    wrong = [index for index, pair in enumerate(zip(got, wanted, strict=True)) if pair[0] != pair[1]]
    assert not wrong, f"{len(wrong)} wrong result beats, the first is {got[wrong[0]]:#x}, not {wanted[wrong[0]]:#x}"
