"""Scaling a bit per cycle: the results of `Requantise`, from one shift register and one adder."""

from amaranth.hdl import Cat, Module, Mux, Shape, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.numeric import Int
from attnforge.hdl.parts.arithmetic.requantise import saturated

__all__ = ["SerialScale"]


class SerialScale(wiring.Component):
    """Multiply, shift right, round to the nearest (ties upwards), saturate: a value in every ``interval`` cycles.

    ``o = saturate(floor(i * multiplier * 2**offset / 2**shift + 1/2))``, as `Requantise` has it. One register takes the
    product bit by bit, lowest first, and then moves it right; ``latency`` is the multiplier's bits and the largest
    shift, whatever the shift is. Value, multiplier and shift stand still from ``i_valid`` until ``o_valid``.

    Parameters
    ----------
    i_form, o_form : Int
        Signed formats of value and result.
    multiplier_bits, shift_bits : int
        Widths of the unsigned multiplier and of the right shift.
    offset : int
        Static left shift.

    Members
    -------
    i_valid, i, multiplier, shift : In
    o_valid, o : Out
    """

    @staticmethod
    def cycles(multiplier_bits, shift_bits) -> int:
        """Latency for these parameters."""
        return multiplier_bits + (1 << shift_bits)

    def __init__(self, i_form: Int, o_form: Int, *, multiplier_bits, shift_bits, offset=0):
        if not (i_form.signed and o_form.signed):
            raise ValueError(f"value and result are signed formats, not {i_form} and {o_form}")
        self.i_form = i_form
        self.o_form = o_form
        self.multiplier_bits = multiplier_bits
        self.shift_bits = shift_bits
        self.offset = offset
        self.latency = self.cycles(multiplier_bits, shift_bits)
        self.interval = self.latency + 1
        self.key = (i_form, o_form, multiplier_bits, shift_bits, offset)
        super().__init__(
            {
                "i_valid": In(1),
                "i": In(i_form.shape),
                "multiplier": In(multiplier_bits),
                "shift": In(shift_bits),
                "o_valid": Out(1),
                "o": Out(o_form.shape),
            }
        )

    def elaborate(self, platform):
        m = Module()
        guard = self.offset + 1  # bits below the product; the lowest of them is below the result
        # High bits of the product; those of the multiplier that are still to come above low bits of the product.
        high = Signal(self.i_form.shape, reset_less=True, name="high")
        low = Signal(self.multiplier_bits, reset_less=True, name="low")
        below = Signal(guard, reset_less=True, name="below")
        left = Signal(range(self.latency + 1), name="left")
        total = Signal(Shape(self.i_form.bits + 1, True), name="total")
        moved = Signal(self.i_form.shape, name="moved")
        m.d.comb += total.eq(high + Mux(low[0], self.i, 0))
        multiplies = left > 1 << self.shift_bits
        m.d.comb += moved.eq(Mux(multiplies, total >> 1, high >> 1))
        with m.If(self.i_valid):
            m.d.sync += [left.eq(self.latency), high.eq(0), low.eq(self.multiplier), below.eq(0)]
        with m.Elif(left != 0):
            m.d.sync += left.eq(left - 1)
            with m.If(multiplies):
                m.d.sync += [high.eq(moved), low.eq(Cat(low[1:], total[0]))]
            with m.Elif(left + self.shift > 1 << self.shift_bits):
                m.d.sync += [high.eq(moved), low.eq(Cat(low[1:], high[0])), below.eq(Cat(below[1:], low[0]))]
        # Saturated before the rounding and after it: the adder is then no wider than the result.
        value = Cat(below, low, high).as_signed()
        near = saturated(value >> 1, Int(self.o_form.bits + 1))
        m.d.comb += [self.o_valid.eq(left == 1), self.o.eq(saturated(near + value[0], self.o_form))]
        return m
