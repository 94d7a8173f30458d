"""A cocotb bench with Python drivers alone: a few jobs on any design, independent of the harness."""

import os
import pickle
from dataclasses import dataclass

import cocotb
from cocotb.triggers import with_timeout

from attnforge.hdl.contract.registers import RegisterMap, design_registers
from attnforge.hdl.numeric.layout import pack
from attnforge.sim.bench.stalls import Stalls
from attnforge.sim.drivers.ports import PERIOD_NS, HostPins

__all__ = ["SmokePlan", "smoke_plan"]


@dataclass
class SmokePlan:
    """What to run: nothing but data, so that it can go to another process.

    Attributes
    ----------
    registers : RegisterMap
    jobs : list of (dict of job registers, operand payloads, result payloads)
        Payloads are integers, `last` in the top bit.
    stalls : Stalls
    seed : int
    cycles : int
        The bench fails when it has not ended by then.
    """

    registers: RegisterMap
    jobs: list
    stalls: Stalls
    seed: int
    cycles: int


def smoke_plan(design, config, jobs, stalls, seed) -> SmokePlan:
    """The plan of jobs: operands packed, results from the model."""

    def payloads(segments, tensors):
        beats = [int.from_bytes(row.tobytes(), "little") for row in pack(segments, tensors, config.beat_bytes)]
        return [*beats[:-1], beats[-1] | 1 << 8 * config.beat_bytes]

    packed = []
    for job, operands in jobs:
        registers = {field.name: int(getattr(job, field.name)) for field in design.job_fields(config)}
        packed.append((registers, payloads(design.operand_segments(config, job), operands),
                       payloads(design.result_segments(config, job), design.model(config, job, operands))))
    cycles = 2000 + 20 * sum(design.perf(config, job).latency for job, _ in jobs)
    return SmokePlan(design_registers(design, config), packed, stalls, seed, cycles)


@cocotb.test()
async def jobs_back_to_back_give_what_the_model_gives(dut):
    """Every beat and every `last`, the counters that all designs have, and the rules of both streams."""
    with open(os.environ["ATTNFORGE_PLAN"], "rb") as file:
        plan = pickle.load(file)
    pins = HostPins(dut, plan.registers, plan.stalls, plan.seed)
    await pins.start()
    try:
        await with_timeout(_play(pins, plan), plan.cycles * PERIOD_NS, "ns")
    finally:
        _expect(not pins.violations, pins.violations[:5])


async def _play(pins, plan):
    csr = pins.csr
    _expect(await csr.read("ID") == plan.registers["ID"].value, "a wrong ID")
    for registers, operands, _ in plan.jobs:
        await csr.until("STATUS", lambda status: status >> 8 & 0xFF)
        for name, value in registers.items():
            csr.write(name.upper(), value)
        csr.write("CONTROL", 1)
        pins.source.send(operands)
    await csr.until("STATUS", lambda status: not status & 1)
    await pins.cycles(20)
    _expect(await csr.read("ERROR") == 0, "ERROR is not 0")
    _expect(await csr.read("JOB_NUMBER") == len(plan.jobs), f"not {len(plan.jobs)} jobs have left")
    got = [payload for _, payload in pins.sink.beats]
    wanted = [payload for _, _, results in plan.jobs for payload in results]
    _expect(len(got) == len(wanted), f"{len(got)} result beats, not {len(wanted)}")
    wrong = [index for index, pair in enumerate(zip(got, wanted, strict=True)) if pair[0] != pair[1]]
    if wrong:
        first = wrong[0]
        raise AssertionError(f"{len(wrong)} wrong result beats, the first is {got[first]:#x}, not {wanted[first]:#x}")


def _expect(condition, message):
    """An assert that stays where Python drops them (``-O``)."""
    if not condition:
        raise AssertionError(message)
