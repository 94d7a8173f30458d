"""Merging next values into clocked blocks keeps the hardware as it was."""

import re

import pytest
from amaranth.hdl import Module, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from attnforge.gen.emission.registers import merge_registers
from attnforge.gen.emission.target import Target
from attnforge.gen.emission.verilog import to_verilog
from attnforge.gen.tools import ToolError
from attnforge.gen.yosys import run_yosys


class Mixture(wiring.Component):
    """Registers of every kind: held, partly assigned, reset, initialised, read by others, one in a memory."""

    key = ()
    step: In(1)
    select: In(2)
    value: In(signed(6))
    held: Out(signed(6))
    parts: Out(data.StructLayout({"low": 3, "high": signed(5)}))
    count: Out(4, init=5)
    next_count: Out(4)
    from_memory: Out(6)
    machine: Out(2)

    def elaborate(self, platform):
        m = Module()
        delayed = Signal(signed(6), reset_less=True)
        m.d.sync += delayed.eq(self.value)
        with m.If(self.step):
            m.d.sync += self.held.eq(delayed)
        with m.Switch(self.select):
            with m.Case(0):
                m.d.sync += self.parts.low.eq(self.value)
            with m.Case(1):
                m.d.sync += [self.parts.high.eq(-self.value), self.parts.low.eq(self.parts.low + 1)]
            with m.Case(2):
                m.d.sync += self.parts.eq(0)
        m.d.comb += self.next_count.eq(self.count + self.step)
        m.d.sync += self.count.eq(self.next_count)
        with m.FSM() as fsm:
            for state in range(3):
                with m.State(str(state)), m.If(self.select == state):
                    m.d.sync += self.machine.eq(state)
                    m.next = str((state + 1) % 3)
        m.submodules.memory = memory = Memory(shape=6, depth=4, init=[1, 2, 3, 4])
        write, read = memory.write_port(), memory.read_port(domain="comb")
        m.d.comb += [write.addr.eq(self.select), write.data.eq(delayed), write.en.eq(self.step),
                     read.addr.eq(self.count[:2]), self.from_memory.eq(read.data ^ fsm.ongoing("1"))]
        return m


def prove_equal(rtlil, verilog, cycles):
    run_yosys(f"""read_rtlil <<rtlil
{rtlil}
rtlil
read_verilog <<verilog
{verilog}
verilog
proc
memory_map
flatten
miter -equiv -make_assert -flatten first second miter
hierarchy -top miter
sat -verify -prove-asserts -set-init-zero -seq {cycles} miter
""")


@pytest.fixture(scope="module")
def mixture():
    return Target().convert(Mixture(), "first")[0]


def test_hardware_is_the_same(mixture):
    verilog = to_verilog(mixture).replace("module first", "module second")
    prove_equal(mixture, verilog, 8)


def test_proof_finds_a_fault(mixture):
    verilog = to_verilog(mixture).replace("module first", "module second")
    faulty = re.sub(r"held <= delayed", "held <= value", verilog)
    assert faulty != verilog
    with pytest.raises(ToolError):
        prove_equal(mixture, faulty, 8)


def test_registers_are_merged(mixture):
    verilog = to_verilog(mixture)
    assert verilog.count("always @(posedge clk)") == 7, "six registers and the memory, a block each"
    assert not re.search(r"^    _\d+_ = .*\n.*posedge", verilog, re.MULTILINE)
    block = "  always @(posedge clk) begin\n    if (step) begin\n      held <= delayed;\n    end\n    if (rst)"
    assert block in verilog


def test_values_with_other_readers_stay():
    text = """module m(clk, a, b);
  reg at_start = 0;
  reg [3:0] _0_;
  always @(posedge clk)
    a <= _0_;
  assign b = _0_;
  always @* begin
    if (at_start) begin end
    _0_ = a;
    if (c) begin
      _0_ = d;
    end
  end
endmodule"""
    assert merge_registers(text) == text
    merged = merge_registers(text.replace("  assign b = _0_;\n", ""))
    assert "_0_" not in merged and "at_start" not in merged and "    if (c) begin\n      a <= d;\n" in merged
