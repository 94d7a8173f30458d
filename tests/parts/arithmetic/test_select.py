"""Selection by a binary index, for every number of values."""

import pytest
from amaranth.hdl import Module, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.parts.arithmetic.select import select
from tests.parts.pysim import trace


class Selector(wiring.Component):
    def __init__(self, count):
        self.count = count
        super().__init__(
            {"index": In(range(max(2, count))), "values": In(data.ArrayLayout(signed(7), count)), "o": Out(signed(7))}
        )

    def elaborate(self, platform):
        m = Module()
        m.d.comb += self.o.eq(select(self.index, [self.values[k] for k in range(self.count)]))
        return m


@pytest.mark.parametrize("count", range(1, 10))
def test_every_index(count):
    values = [(-1) ** k * (7 * k + 1) for k in range(count)]
    width = max(1, (count - 1).bit_length())
    inputs = [{"index": index, "values": values} for index in range(1 << width)]
    seen = trace(Selector(count), inputs, ["o"])["o"]
    assert seen[:count] == values
    assert set(seen[count:]) <= set(values)  # beyond the end: any of them
