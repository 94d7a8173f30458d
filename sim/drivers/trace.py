"""A cocotb bench for one small module: rows of inputs, one per cycle, and what its outputs are in every cycle.

`tests.parts.pysim.trace` is the same in Amaranth's simulator, so a netlist of a part can be held against the part.
"""

import os
import pickle

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, ReadOnly, RisingEdge

from attnforge.sim.drivers.ports import PERIOD_NS

__all__ = ["RESULT"]

RESULT = "trace.pkl"


@cocotb.test()
async def every_row_is_played(dut):
    """Inputs change after the clock's rising edge, and outputs are read before it; inputs begin at 0."""
    with open(os.environ["ATTNFORGE_PLAN"], "rb") as file:
        inputs, rows, outputs = pickle.load(file)
    Clock(dut.clk, PERIOD_NS, unit="ns").start()
    for name in inputs:
        getattr(dut, name).value = 0
    await RisingEdge(dut.clk)
    seen = {name: [] for name in outputs}
    for row in rows:
        for name, value in row.items():
            getattr(dut, name).value = value
        await FallingEdge(dut.clk)  # some memories read there
        await ReadOnly()
        for name in outputs:
            seen[name].append(int(getattr(dut, name).value))
        await RisingEdge(dut.clk)
    with open(RESULT, "wb") as file:
        pickle.dump(seen, file)
