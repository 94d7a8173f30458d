"""Netlists of parts, cycle by cycle against the parts: those whose body a family chooses, and every shape of memory."""

import random

import pytest

from attnforge.fpga.flow import synthesis
from attnforge.fpga.netlist.build import build_netlist
from attnforge.gen.emission.emit import emit
from attnforge.hdl.parts.arithmetic.multiplier import StationaryMultiplier
from attnforge.hdl.parts.memory.ram import Ram, Table
from attnforge.sim.bench.run import run_trace
from attnforge.sim.simulator.build import build
from tests.parts.pysim import trace

# Depth, width, and bits per write enable: what one block of the ECP5 can be, and of the iCE40 where that is smaller.
MEMORIES = {
    "ecp5": ((512, 36, 9), (512, 36, 36), (1024, 18, 9), (2048, 9, 9), (4096, 4, 4), (8192, 2, 2), (16384, 1, 1)),
    "ice40": ((256, 16, 1), (512, 8, 8), (1024, 4, 4), (2048, 2, 2)),
}


def netlist_trace(component, family, rows, output, folder):
    """The output of a component's netlist in each cycle, and its cells."""
    core = emit(component, "part", target=family)
    ports = [name for name, *_ in core.ports]
    bits = {name: bits for name, direction, bits in core.ports if direction == "input" and name != "clk"}
    built, cells = build_netlist(core.verilog, "part", family, ports=ports, root=folder)
    rows = [{name: value & (1 << bits[name]) - 1 for name, value in row.items()} for row in rows]
    return run_trace(built, rows, [output], bits)[output], cells


def multiplications(rng):
    return [{"moving": rng.randrange(-256, 256), "stationary": rng.randrange(-128, 128),
             "swap": k == 0 or rng.random() < 0.3}
            for k in range(300)]


def accesses(depth, bits, rng):
    """All words written, then reads and writes, never of one word at once."""
    rows = [{"w_en": 1, "w_address": at, "w_data": rng.getrandbits(bits), "r_en": 0} for at in range(depth)]
    rows += [{"w_en": 0, "r_en": 1, "r_address": 0}]
    for _ in range(600):
        row = {"w_en": rng.random() < 0.5, "w_address": rng.randrange(depth), "w_data": rng.getrandbits(bits),
               "r_address": rng.randrange(depth)}
        row["r_en"] = rng.random() < 0.7 and not (row["w_en"] and row["w_address"] == row["r_address"])
        rows.append(row)
    return rows


def lookups(rng):
    rows = accesses(6, 12, rng)
    return [{name.replace("r_address", "r_address0"): value for name, value in row.items() if name != "r_en"}
            for row in rows]


SETTLED = {"product": StationaryMultiplier.latency, "r_data": 602, "r_data0": 6}
"""Cycles after which an output no longer follows from what was in the part before."""


@pytest.mark.parametrize(("family", "make", "rows", "output", "cells"), [
    ("ecp5", lambda: StationaryMultiplier(9, 8), multiplications, "product", {"dsp": 1}),
    ("ecp5", lambda: Ram(40, 600, "test"), lambda rng: accesses(600, 40, rng), "r_data", {"ebr": 3}),
    ("ecp5", lambda: Table(12, 6), lookups, "r_data0", {"lutram": 3}),
    ("ice40", lambda: StationaryMultiplier(9, 8), multiplications, "product", {"dsp": 1}),
    ("ice40", lambda: Table(12, 6), lookups, "r_data0", {"ebr": 1}),
    ("ice40", lambda: Ram(20, 300, "test"), lambda rng: accesses(300, 20, rng), "r_data", {"ebr": 3}),
], ids=["multiplier-ecp5", "ram-ecp5", "table-ecp5", "multiplier-ice40", "table-ice40", "ram-ice40"])
def test_a_part_and_its_netlist(folder, family, make, rows, output, cells):
    rows = rows(random.Random(3))
    seen, used = netlist_trace(make(), family, rows, output, folder)
    wanted = trace(make(), rows, [output])[output]
    width = (1 << len(getattr(make(), output))) - 1
    assert seen[SETTLED[output] :] == [value & width for value in wanted][SETTLED[output] :]
    assert {name: getattr(used, name) for name in cells} == cells


def test_registers_that_yosys_takes_away_are_missed(folder, monkeypatch):
    """`synth_ice40 -dsp` clears the registers of an instanced multiplier; when this fails, yosys is mended."""
    monkeypatch.setitem(synthesis.COMMANDS, "ice40", "synth_ice40 -dsp")
    rows = multiplications(random.Random(3))
    seen, _ = netlist_trace(StationaryMultiplier(9, 8), "ice40", rows, "product", folder)
    assert seen == [row["moving"] * row["stationary"] & 0x1FFFF for row in rows]  # at once, and nothing is held


def memories(shapes):
    """A module with one memory of each shape."""
    ports = ["input wire clk, w_en, r_en", "input wire [13:0] w_address, r_address", "input wire [35:0] w_data, w_mask"]
    body = []
    for number, (depth, width, lane) in enumerate(shapes):
        ports.append(f"output reg [{width - 1}:0] word{number}")
        low = depth.bit_length() - 2
        body += [f"(* no_rw_check *) reg [{width - 1}:0] words{number} [0:{depth - 1}];",
                 f"initial word{number} = 0;", "always @(posedge clk) begin",
                 f"  if (r_en) word{number} <= words{number}[r_address[{low}:0]];"]
        body += [f"  if (w_en && w_mask[{bit // lane}]) words{number}[w_address[{low}:0]][{bit + lane - 1}:{bit}] "
                 f"<= w_data[{bit + lane - 1}:{bit}];" for bit in range(0, width, lane)]
        body += ["end"]
    return f"module memories({', '.join(ports)});\n" + "\n".join(body) + "\nendmodule\n"


@pytest.mark.parametrize("family", MEMORIES)
def test_memories_of_every_shape(folder, family):
    """Masked writes and reads: as yosys puts them into blocks, and as plain Verilog says."""
    shapes = MEMORIES[family]
    verilog = memories(shapes)
    bits = {"w_en": 1, "r_en": 1, "w_address": 14, "r_address": 14, "w_data": 36, "w_mask": 36}
    outputs = [f"word{number}" for number in range(len(shapes))]
    rng = random.Random(8)
    places = [rng.getrandbits(14) for _ in range(60)]
    rows = [{"w_en": 1, "w_address": place, "w_data": rng.getrandbits(36), "w_mask": (1 << 36) - 1} for place in places]
    for _ in range(1500):
        row = {name: rng.getrandbits(width) for name, width in bits.items()}
        row |= {"w_address": rng.choice(places), "r_address": rng.choice(places)}
        if row["w_en"] and (row["w_address"] - row["r_address"]) % min(depth for depth, *_ in shapes) == 0:
            row["r_en"] = 0  # no word is read while it is written
        rows.append(row)
    ports = ["clk", *bits, *outputs]
    built, cells = build_netlist(verilog, "memories", family, ports=ports, root=folder)
    assert cells.ebr == len(shapes) and cells.lutram == 0
    seen, wanted = (run_trace(each, rows, outputs, bits) for each in (built, build(verilog, "memories", ports=ports)))
    assert seen == wanted and all(len(set(seen[name])) > 1 for name in outputs)
