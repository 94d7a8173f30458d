"""A sum of many values as a balanced tree of two-input adders."""

from amaranth.hdl import Module, Shape, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["AdderTree"]


class AdderTree(wiring.Component):
    """Exact sum of ``inputs`` signed values: ``latency`` cycles, one sum per cycle.

    ``o = sum(i)``, one bit wider per level of the tree, ``ceil(log2(inputs))`` levels in all. A register stands behind
    every ``every`` levels and behind the last one, so the latency is ``ceil(levels / every)``: 0 for a single input.

    Parameters
    ----------
    inputs : int
    bits : int
        Width of an input.
    every : int
        Levels of adders between two registers.

    Members
    -------
    i : In(ArrayLayout(signed(bits), inputs))
    o : Out(signed(bits + levels))

    Raises
    ------
    ValueError
        One of the parameters is below 1.
    """

    def __init__(self, inputs, bits, every=1):
        for name, value in (("inputs", inputs), ("bits", bits), ("every", every)):
            if value < 1:
                raise ValueError(f"{name} of an adder tree is 1 or more, not {value!r}")
        self.inputs = inputs
        self.bits = bits
        self.every = every
        self.levels = (inputs - 1).bit_length()
        self.key = (inputs, bits, every)
        super().__init__(
            {
                "i": In(data.ArrayLayout(Shape(bits, True), inputs)),
                "o": Out(Shape(bits + self.levels, True)),
            }
        )

    @property
    def latency(self) -> int:
        """Cycles from ``i`` to ``o``."""
        return -(-self.levels // self.every)

    def elaborate(self, platform):
        m = Module()
        values = [self.i[k] for k in range(self.inputs)]
        for level in range(1, self.levels + 1):
            domain = m.d.sync if level % self.every == 0 or level == self.levels else m.d.comb
            sums = []
            for number in range(0, len(values), 2):
                pair = values[number : number + 2]
                total = Signal(Shape(self.bits + level, True), name=f"level{level}_sum{number // 2}", reset_less=True)
                domain += total.eq(sum(pair[1:], start=pair[0]))
                sums.append(total)
            values = sums
        m.d.comb += self.o.eq(values[0])
        return m
