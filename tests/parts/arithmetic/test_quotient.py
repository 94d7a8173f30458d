"""Division by a constant, for every value of a width and every divisor that an array may have."""

import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.parts.arithmetic.quotient import by_constant, reciprocal
from tests.parts.pysim import trace


@pytest.mark.parametrize("divisor", range(1, 129))
def test_reciprocals_are_exact_up_to_the_largest_value(divisor):
    for largest in (1, divisor - 1, divisor, 1023, 16384):
        multiplier, shift = reciprocal(divisor, largest)
        assert all(value * multiplier >> shift == value // divisor for value in range(largest + 1))


class Quotient(wiring.Component):
    def __init__(self, bits, divisor):
        self.divisor = divisor
        super().__init__({"value": In(bits), "quotient": Out(bits), "remainder": Out(bits)})

    def elaborate(self, platform):
        m = Module()
        quotient, remainder = by_constant(self.value, self.divisor)
        m.d.comb += [self.quotient.eq(quotient), self.remainder.eq(remainder)]
        return m


@pytest.mark.parametrize("divisor", [1, 2, 3, 7, 8, 12, 64, 100, 128])
def test_every_value_of_six_bits(divisor):
    values = range(64)
    seen = trace(Quotient(6, divisor), [{"value": value} for value in values], ["quotient", "remainder"])
    assert seen["quotient"] == [value // divisor for value in values]
    assert seen["remainder"] == [value % divisor for value in values]
