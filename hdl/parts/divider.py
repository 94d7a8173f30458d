"""Division with one rounding: a pipeline of restoring steps."""

from amaranth.hdl import Cat, Module, Mux, Shape, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.numeric import Int

__all__ = ["Divider"]


class Divider(wiring.Component):
    """Quotient to the nearest integer, ties upwards, saturated: ``o.bits + 3`` cycles, one division per cycle.

    ``quotient = saturate(floor(numerator / denominator + 1/2))``. Half of the quotient's range is added first, so the
    steps handle no signs: each subtracts the denominator from the remainder if it can, and yields one bit.

    Parameters
    ----------
    numerator_bits : int
        Signed.
    denominator_bits : int
        Unsigned; a denominator of 0 gives a quotient without meaning.
    o_form : Int
        Signed format of the quotient.
    remainder : bool
        Add the output ``remainder = numerator - quotient * denominator``; right unless the quotient saturates.

    Members
    -------
    i_valid, numerator, denominator : In
    o_valid, quotient : Out
    remainder : Out
        From ``-denominator / 2`` to below ``denominator / 2``.

    Raises
    ------
    ValueError
        An unsigned format.
    """

    overhead = 3

    def __init__(self, numerator_bits, denominator_bits, o_form: Int, *, remainder=False):
        if not o_form.signed:
            raise ValueError(f"the quotient's format is signed, not {o_form}")
        self.numerator_bits = numerator_bits
        self.denominator_bits = denominator_bits
        self.o_form = o_form
        self.remainder_out = remainder
        self.latency = o_form.bits + self.overhead
        self.key = (numerator_bits, denominator_bits, o_form, remainder)
        members = {
            "i_valid": In(1),
            "numerator": In(Shape(numerator_bits, True)),
            "denominator": In(denominator_bits),
            "o_valid": Out(1),
            "quotient": Out(o_form.shape),
        }
        if remainder:
            members["remainder"] = Out(Shape(denominator_bits, True))
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        bits, width = self.o_form.bits, self.denominator_bits

        def register(shape, name, value):
            signal = Signal(shape, name=name, reset_less=True)
            m.d.sync += signal.eq(value)
            return signal

        valid = self.i_valid
        for number in range(self.latency):
            previous, valid = valid, Signal(name=f"s{number + 1}_valid")
            m.d.sync += valid.eq(previous)
        m.d.comb += self.o_valid.eq(valid)

        # The quotient plus half its range is floor(shifted / (2 denominator)) with
        # shifted = 2 numerator + (2**bits + 1) denominator.
        numerator = register(self.numerator.shape(), "s1_numerator", self.numerator)
        denominator = register(width, "s1_denominator", self.denominator)
        border = register(width + bits + 1, "s1_border", (self.denominator << bits) + self.denominator)
        total = (numerator << 1) + border
        shifted = register(Shape(total.shape().width, True), "s2_shifted", total)
        denominator = register(width, "s2_denominator", denominator)
        below = shifted[-1]
        above = ~below & (shifted[bits + 1 : -1] >= denominator)
        high = register(width, "s3_high", Mux(below, 0, shifted[bits + 1 :]))
        low = register(bits + 1, "s3_low", Mux(below, 0, shifted[: bits + 1]))
        above = register(1, "s3_above", above)
        denominator = register(width, "s3_denominator", denominator)
        for step in range(bits):
            # low = the remainder's bits that are still to come, then the quotient's bits so far.
            stage = f"s{step + 4}"
            remainder = Cat(low[-1], high)
            difference = Signal(Shape(width + 2, True), name=f"{stage}_difference")
            m.d.comb += difference.eq(remainder - denominator)
            fits = ~difference[-1]
            low = register(bits + 1, f"{stage}_low", Cat(fits, low[:-1]))
            high = register(width, f"{stage}_high", Mux(fits, difference[:width], remainder[:width]))
            above = register(1, f"{stage}_above", above)
            if step < bits - 1 or self.remainder_out:
                denominator = register(width, f"{stage}_denominator", denominator)
        m.d.comb += self.quotient.eq(Cat(low[: bits - 1] | above.replicate(bits - 1), ~(low[bits - 1] | above)))
        if self.remainder_out:
            # shifted mod (2 denominator) = 2 remainder + denominator
            m.d.comb += self.remainder.eq((Cat(low[bits], high) - denominator) >> 1)
        return m
