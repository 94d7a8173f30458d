"""The exponential of softmax: a score and its row's maximum to an unnormalised probability."""

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.numeric import Int, exponential_table

__all__ = ["Exponential"]


class Exponential(wiring.Component):
    """``2**(score - maximum)``, scaled so that 1 has all ``probability_bits`` set: 4 cycles, one per cycle.

    Exactly `attnforge.hdl.numeric.exponentials`: the fraction of the distance goes through a table, its whole part is a
    right shift, rounded. The format's smallest score gives 0, and so does one that is far below the maximum.

    Parameters
    ----------
    form : Int
        Signed format of a score, in units of log2.
    fraction_bits : int
        Of a score, behind the point.
    probability_bits : int

    Members
    -------
    score, maximum : In
        ``score <= maximum``, or the result has no meaning.
    o : Out(probability_bits)

    Raises
    ------
    ValueError
        A format whose scores are too close together for a result to be 0, or without a fraction.
    """

    latency = 4

    def __init__(self, form: Int, fraction_bits, probability_bits):
        self.form = form
        self.fraction_bits = fraction_bits
        self.probability_bits = probability_bits
        self.shift_bits = (probability_bits + 1).bit_length()
        least = fraction_bits + self.shift_bits
        if not form.signed or form.bits < least or fraction_bits < 1:
            raise ValueError(
                f"a score is signed, of at least {least} bits with {fraction_bits} behind the "
                f"point, which are one or more, and {probability_bits} of a probability, not {form}"
            )
        self.key = (form, fraction_bits, probability_bits)
        super().__init__({"score": In(form.shape), "maximum": In(form.shape), "o": Out(probability_bits)})

    def elaborate(self, platform):
        m = Module()
        # A score is not above the maximum, so the distance has no more bits than they have.
        s1_distance = Signal(self.form.bits, reset_less=True, name="s1_distance")
        s1_masked = Signal(reset_less=True, name="s1_masked")
        m.d.sync += [s1_distance.eq(self.maximum - self.score), s1_masked.eq(self.score == self.form.min)]

        # The largest shift leaves nothing: it stands for all that are as large, and for masked scores.
        fraction, whole = s1_distance[: self.fraction_bits], s1_distance[self.fraction_bits :]
        beyond = s1_masked | whole[self.shift_bits :].any()
        s2_mantissa = Signal(self.probability_bits, reset_less=True, name="s2_mantissa")
        s2_shift = Signal(self.shift_bits, reset_less=True, name="s2_shift")
        m.d.sync += [
            s2_mantissa.eq(self._mantissa(fraction)),
            s2_shift.eq(whole[: self.shift_bits] | beyond.replicate(self.shift_bits)),
        ]

        # With a bit for the rounding
        s3_shifted = Signal(self.probability_bits + 1, reset_less=True, name="s3_shifted")
        s4_rounded = Signal(self.probability_bits, reset_less=True, name="s4_rounded")
        m.d.sync += [
            s3_shifted.eq(Cat(Const(0, 1), s2_mantissa) >> s2_shift),
            s4_rounded.eq((s3_shifted + 1) >> 1),
        ]
        m.d.comb += self.o.eq(s4_rounded)
        return m

    def _mantissa(self, fraction):
        """A table of the even fractions, less what the odd one behind each has lost: fewer cells than one table."""
        table = [int(word) for word in exponential_table(self.fraction_bits, self.probability_bits)]
        even, steps = table[::2], [one - following for one, following in zip(table[::2], table[1::2], strict=True)]
        step = Array(Const(each, max(steps).bit_length()) for each in steps)[fraction[1:]]
        return Array(Const(each, self.probability_bits) for each in even)[fraction[1:]] - Mux(fraction[0], step, 0)
