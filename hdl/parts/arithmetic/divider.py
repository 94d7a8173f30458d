"""Division with one rounding: restoring steps, in a pipeline or one after the other."""

from amaranth.hdl import Cat, Module, Mux, Shape, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.numeric import Int

__all__ = ["Divider"]


class Divider(wiring.Component):
    """Quotient to the nearest integer, ties upwards, saturated: ``o.bits + 3`` cycles, one division per cycle.

    A serial one has one step in place of ``o.bits``: ``o.bits + 1`` cycles, a division in every ``interval`` of
    ``o.bits + 2``, while which the operands stand still.

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
    serial : bool
        Small, and as slow as said above.
    steady : bool
        The denominator stands still from the first numerator of a series to the last quotient: no stage keeps it.

    Members
    -------
    i_valid, numerator, denominator : In
        A serial divider needs the operands until ``o_valid``.
    o_valid, quotient : Out
    remainder : Out
        From ``-denominator / 2`` to below ``denominator / 2``.

    Raises
    ------
    ValueError
        An unsigned format.
    """

    @staticmethod
    def cycles(bits, serial=False) -> int:
        """Latency for a quotient of ``bits``."""
        return bits + 1 if serial else bits + 3

    @classmethod
    def spacing(cls, bits, serial=False) -> int:
        """Cycles from a division to the next."""
        return cls.cycles(bits, serial) + 1 if serial else 1

    def __init__(self, numerator_bits, denominator_bits, o_form: Int, *, remainder=False, serial=False, steady=False):
        if not o_form.signed:
            raise ValueError(f"the quotient's format is signed, not {o_form}")
        self.numerator_bits = numerator_bits
        self.denominator_bits = denominator_bits
        self.o_form = o_form
        self.remainder_out = remainder
        self.serial = serial
        self.steady = steady
        self.latency = self.cycles(o_form.bits, serial)
        self.interval = self.spacing(o_form.bits, serial)
        self.key = (numerator_bits, denominator_bits, o_form, remainder, serial, steady)
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
        low, high, above, denominator = self._serial(m) if self.serial else self._pipeline(m)
        bits = self.o_form.bits
        m.d.comb += self.quotient.eq(Cat(low[: bits - 1] | above.replicate(bits - 1), ~(low[bits - 1] | above)))
        if self.remainder_out:
            # shifted mod (2 denominator) = 2 remainder + denominator
            m.d.comb += self.remainder.eq((Cat(low[bits], high) - denominator) >> 1)
        return m

    # The quotient plus half its range is floor(shifted / (2 denominator)) with
    # shifted = 2 numerator + (2**bits + 1) denominator.
    def _border(self, denominator):
        return (denominator << self.o_form.bits) + denominator

    def _begin(self, shifted, denominator):
        """The remainder's first bits, those still to come, and whether the quotient is above its range."""
        bits, width = self.o_form.bits, self.denominator_bits
        below = shifted[-1]
        high, low = (Mux(below, 0, part) for part in (shifted[bits + 1 :][:width], shifted[: bits + 1]))
        return high, low, ~below & (shifted[bits + 1 : -1] >= denominator)

    def _step(self, m, stage, high, low, denominator):
        """One restoring step: subtracts the denominator if it can, and shifts in a bit of the quotient."""
        width = self.denominator_bits
        remainder = Cat(low[-1], high)
        difference = Signal(Shape(width + 2, True), name=f"{stage}_difference")
        m.d.comb += difference.eq(remainder - denominator)
        fits = ~difference[-1]
        return Mux(fits, difference[:width], remainder[:width]), Cat(fits, low[:-1])

    def _pipeline(self, m):
        bits, width = self.o_form.bits, self.denominator_bits

        def register(shape, name, value):
            signal = Signal(shape, name=name, reset_less=True)
            m.d.sync += signal.eq(value)
            return signal

        def along(name, value):
            return value if self.steady else register(width, name, value)

        valid = self.i_valid
        for number in range(self.latency):
            previous, valid = valid, Signal(name=f"s{number + 1}_valid")
            m.d.sync += valid.eq(previous)
        m.d.comb += self.o_valid.eq(valid)

        numerator = register(self.numerator.shape(), "s1_numerator", self.numerator)
        denominator = along("s1_denominator", self.denominator)
        border = register(width + bits + 1, "s1_border", self._border(self.denominator))
        total = (numerator << 1) + border
        shifted = register(Shape(total.shape().width, True), "s2_shifted", total)
        denominator = along("s2_denominator", denominator)
        high, low, above = self._begin(shifted, denominator)
        high = register(width, "s3_high", high)
        low = register(bits + 1, "s3_low", low)
        above = register(1, "s3_above", above)
        denominator = along("s3_denominator", denominator)
        for step in range(bits):
            # low = the remainder's bits that are still to come, then the quotient's bits so far.
            stage = f"s{step + 4}"
            high, low = self._step(m, stage, high, low, denominator)
            high, low = register(width, f"{stage}_high", high), register(bits + 1, f"{stage}_low", low)
            above = register(1, f"{stage}_above", above)
            if step < bits - 1 or self.remainder_out:
                denominator = along(f"{stage}_denominator", denominator)
        return low, high, above, denominator

    def _serial(self, m):
        bits = self.o_form.bits
        high = Signal(self.denominator_bits, reset_less=True, name="high")
        low = Signal(bits + 1, reset_less=True, name="low")
        above = Signal(reset_less=True, name="above")
        left = Signal(range(bits + 2), name="left")  # steps and the cycle of the result
        total = (self.numerator << 1) + self._border(self.denominator)
        shifted = Signal(Shape(total.shape().width, True), name="shifted")
        m.d.comb += [shifted.eq(total), self.o_valid.eq(left == 1)]
        with m.If(self.i_valid):
            first_high, first_low, first_above = self._begin(shifted, self.denominator)
            m.d.sync += [left.eq(bits + 1), high.eq(first_high), low.eq(first_low), above.eq(first_above)]
        with m.Elif(left != 0):
            next_high, next_low = self._step(m, "step", high, low, self.denominator)
            m.d.sync += [left.eq(left - 1), high.eq(next_high), low.eq(next_low)]
        return low, high, above, self.denominator
