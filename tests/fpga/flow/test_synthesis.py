"""Synthesis: warnings end it, among them the one with which yosys loses a multiplier; blocks stay as instanced."""

import json
import re

import pytest

from attnforge.fpga.flow import yosys
from attnforge.fpga.flow.cells import Cells
from attnforge.fpga.flow.synthesis import synthesise
from attnforge.fpga.flow.tools import ToolError
from attnforge.gen.emission.emit import emit
from attnforge.hdl.parts.arithmetic.multiplier import StationaryMultiplier
from attnforge.hdl.parts.memory.ram import Table

ADDER = """
module adder(input clk, input [7:0] a, b, output reg [7:0] sum);
  always @(posedge clk) sum <= a + b;
endmodule
"""

# Two registers behind a product: `synth_ice40 -dsp` of yosys 0.69 takes both into the SB_MAC16, but leaves the second
# one behind, finds two drivers, and makes the output 0 for ever.
PRODUCT = """
module product(input clk, input [7:0] a, b, output reg [15:0] s2);
  reg [15:0] s1 = 0;
  initial s2 = 0;
  always @(posedge clk) begin
    s1 <= a * b;
    s2 <= s1;
  end
endmodule
"""


@pytest.mark.parametrize(("family", "cells"), [("ecp5", Cells(lut4=0, ccu2c=4, ff=8)),
                                               ("ice40", Cells(lut4=8, carry=7, ff=8))])
def test_each_family_has_its_cells(folder, family, cells):
    assert synthesise(ADDER, "adder", family=family, root=folder).cells == cells


def test_a_multiplier_that_yosys_loses_is_an_error(folder):
    folder.mkdir(exist_ok=True)
    (folder / "core.v").write_text(PRODUCT)
    with pytest.raises(ToolError, match=r"Driver-driver conflict for \\s2 .*Resolved using constant.*dsp\.log"):
        yosys.run("read_verilog core.v\nsynth_ice40 -dsp -top product\n", "dsp", folder)


@pytest.mark.parametrize(("family", "dsp"), [("ecp5", 1), ("ice40", 0)])
def test_a_product_is_not_lost(folder, family, dsp):
    cells = synthesise(PRODUCT, "product", family=family, root=folder).cells
    assert (cells.dsp, cells.ff) == (dsp, 32) and (cells.lut4 > 64) == (dsp == 0)


@pytest.mark.parametrize(("component", "kind"), [(StationaryMultiplier(13, 12), "SB_MAC16"),
                                                 (Table(8, 16), "SB_RAM40_4KNR")], ids=["multiplier", "table"])
def test_an_instanced_block_of_the_ice40_keeps_its_parameters_and_clocks(folder, component, kind):
    """`synth_ice40 -dsp` took them away from an SB_MAC16, without a word."""
    emitted = emit(component, "block", target="ice40").verilog
    found = synthesise(emitted, "block", family="ice40", root=folder)
    module = json.loads((found.folder / "netlist.json").read_text())["modules"]["block"]
    block, = (cell for cell in module["cells"].values() if cell["type"] == kind)
    clock = module["ports"]["clk"]["bits"]
    given = dict(re.findall(r"\.(\w+)\(\d'h([0-9a-f]+)\)", emitted.split(kind)[1].split(") ")[0]))
    assert given
    assert {name: int(block["parameters"][name], 2) for name in given} == {n: int(v, 16) for n, v in given.items()}
    assert all(bits == clock for port, bits in block["connections"].items() if port in ("CLK", "RCLKN", "WCLK"))


def test_a_warning_is_an_error(folder):
    with pytest.raises(ToolError, match="ERROR: Wire .* is used but has no driver"):
        synthesise("module open(output y); wire a; assign y = a; endmodule", "open", root=folder)
