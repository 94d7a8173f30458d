"""A cocotb test as a user would write it: from the emitted folder, cocotb and the standard library alone.

``manifest.json`` is the core's manifest; ``jobs.json`` has of each job its registers, operand beats and result beats.
"""

import json
import random
from pathlib import Path

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ReadOnly, RisingEdge, with_timeout

HERE = Path(__file__).parent
MANIFEST = json.loads((HERE / "manifest.json").read_text())
REGISTERS = {each["name"]: each["offset"] for each in MANIFEST["registers"]["registers"]}
STEPS = 10  # of the simulator's own time, in a clock


async def watch(dut):
    """No bit of either handshake is ever X, nor one of a result."""
    while True:
        await ReadOnly()
        assert dut.i__ready.value.is_resolvable, f"i__ready is {dut.i__ready.value}"
        assert dut.o__valid.value.is_resolvable, f"o__valid is {dut.o__valid.value}"
        if dut.o__valid.value:
            assert dut.o__payload.value.is_resolvable, f"o__payload is {dut.o__payload.value}"
        await RisingEdge(dut.clk)


async def write(dut, name, value):
    dut.csr__addr.value = REGISTERS[name]
    dut.csr__w_data.value = value
    dut.csr__w_en.value = 1
    await RisingEdge(dut.clk)
    dut.csr__w_en.value = 0


async def read(dut, name):
    dut.csr__addr.value = REGISTERS[name]
    dut.csr__r_en.value = 1
    await RisingEdge(dut.clk)
    dut.csr__r_en.value = 0
    await RisingEdge(dut.clk)
    assert dut.csr__r_data.value.is_resolvable, f"{name} reads {dut.csr__r_data.value}"
    return int(dut.csr__r_data.value)


async def send(dut, beats):
    for beat in beats:
        dut.i__payload.value = beat
        dut.i__valid.value = 1
        await RisingEdge(dut.clk)
        while not dut.i__ready.value:
            await RisingEdge(dut.clk)
    dut.i__valid.value = 0


async def receive(dut, count):
    beats = []
    while len(beats) < count:
        dut.o__ready.value = random.random() < 0.8
        await RisingEdge(dut.clk)
        if dut.o__valid.value and dut.o__ready.value:
            beats.append(int(dut.o__payload.value))
    return beats


@cocotb.test()
async def jobs_in_a_row(dut):
    jobs = json.loads((HERE / "jobs.json").read_text())
    for name in ("i__valid", "i__payload", "o__ready", "csr__w_en", "csr__r_en", "csr__addr", "csr__w_data"):
        getattr(dut, name).value = 0
    dut.rst.value = 1
    cocotb.start_soon(Clock(dut.clk, STEPS, unit="step").start())
    for _ in range(3):
        await RisingEdge(dut.clk)
    dut.rst.value = 0
    await RisingEdge(dut.clk)
    watching = cocotb.start_soon(watch(dut))
    wanted = [beat for job in jobs for beat in job["results"]]
    results = cocotb.start_soon(receive(dut, len(wanted)))
    for job in jobs:
        for name, value in job["registers"].items():
            await write(dut, name.upper(), value)
        await write(dut, "CONTROL", 1)
        await send(dut, job["operands"])
    got = await with_timeout(results, 100_000 * STEPS, "step")
    assert got == wanted
    assert await read(dut, "ERROR") == 0
    assert await read(dut, "JOB_NUMBER") == len(jobs)
    assert not watching.done()
