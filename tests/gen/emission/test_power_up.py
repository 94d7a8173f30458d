"""The text runs in every standard of Verilog, with values at power-up and without."""

import subprocess
from pathlib import Path

import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from attnforge.gen.emission.emit import emit
from attnforge.gen.emission.power_up import MACRO
from attnforge.gen.lint import lint_text
from tests.simulators import require


class Still(wiring.Component):
    """Nothing that its logic reads ever changes, once it has its value."""

    key = ()
    go: In(1)
    kept: Out(4, init=5)
    o: Out(4)

    def elaborate(self, platform):
        m = Module()
        with m.If(self.go):
            m.d.sync += self.kept.eq(self.kept + 1)
        with m.Switch(self.kept):
            with m.Case(5):
                m.d.comb += self.o.eq(9)
            with m.Case(6):
                m.d.comb += self.o.eq(self.kept)
        return m


BENCH = """
module bench;
  reg clk = 0, rst = 0;
  wire [3:0] kept, o;
  still dut(.clk(clk), .rst(rst), .go(1'b0), .kept(kept), .o(o));
  task tick; begin #1 clk = 1; #1 clk = 0; end endtask
  initial begin
    tick; tick; $display("%b %b", kept, o);
    rst = 1; tick; rst = 0; tick; $display("%b %b", kept, o);
    $finish;
  end
endmodule
"""


def simulate(standard, *options):
    Path("still.v").write_text(emit(Still(), "still").verilog)
    Path("bench.v").write_text(BENCH)
    subprocess.run(["iverilog", f"-g{standard}", *options, "-o", "still.vvp", "still.v", "bench.v"], check=True)
    return subprocess.run(["vvp", "still.vvp"], check=True, text=True, capture_output=True).stdout.split("\n")[:2]


@pytest.mark.parametrize("standard", ["2001", "2005", "2009", "2012"])
def test_blocks_run_though_nothing_changes(standard):
    require("icarus")
    assert simulate(standard) == ["0101 1001", "0101 1001"]


@pytest.mark.parametrize("standard", ["2005", "2012"])
def test_the_macro_takes_the_values_away_and_rst_brings_them(standard):
    require("icarus")
    before, after = simulate(standard, f"-D{MACRO}")
    assert before.startswith("xxxx") and after == "0101 1001"


def test_values_stand_in_one_block_per_module():
    text = emit(Still(), "still").verilog
    assert f"`ifndef {MACRO}\n  initial begin\n    kept = 4'h5;\n  end\n`endif\nendmodule" in text
    assert text.count("`endif") == 1 and "output reg [3:0] kept" in text
    assert lint_text(text, "still") == ""


def test_a_module_without_registers_has_none():
    class Wire(wiring.Component):
        """A wire."""

        key = ()
        i: In(1)
        o: Out(1)

        def elaborate(self, platform):
            m = Module()
            inner = Signal(name="inner")
            m.d.comb += [inner.eq(self.i), self.o.eq(inner)]
            return m

    assert "initial" not in emit(Wire(), "through").verilog
