"""Synthesis: warnings end it, among them the one with which yosys loses a multiplier."""

import pytest

from fpga.cells import Cells
from fpga.synthesis import synthesise
from fpga.tools import ToolError

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
    with pytest.raises(ToolError, match=r"Driver-driver conflict for \\s2 .*Resolved using constant.*synthesis\.log"):
        synthesise(PRODUCT, "product", family="ice40", root=folder)
    assert synthesise(PRODUCT, "product", family="ecp5", root=folder).cells.dsp == 1


def test_a_warning_that_nobody_judged_is_an_error(folder):
    with pytest.raises(ToolError, match="ERROR: Wire .* is used but has no driver"):
        synthesise("module open(output y); wire a; assign y = a; endmodule", "open", root=folder)
