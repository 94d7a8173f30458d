"""Plays words of a file into a component and writes what comes out: the cocotb side of tests/parts/verilated.py."""

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge


@cocotb.test()
async def until_the_file_ends(dut):
    """The harness does all; Python only waits."""
    Clock(dut.clk, 10, unit="ns").start()
    await RisingEdge(dut.finished)
