"""What becomes of Q ksum^T of a row: the factor of its value terms, or the paper's denominator (step 4)."""

from amaranth.hdl import Cat, Module, Shape, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.numeric import Int
from attnforge.hdl.parts.arithmetic.requantise import Requantise, saturated
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.vitality.config import Config

__all__ = ["DiagonalScale", "RowTerm"]


class DiagonalScale(wiring.Component):
    """``base`` less Q ksum^T, scaled; with ``row_denominator``, plus it: ``latency`` cycles, one per cycle.

    Parameters
    ----------
    config : Config
        With ``key_sum``.

    Members
    -------
    diagonal : In
        Q ksum^T from SA-Diag.
    base, multiplier, shift : In
        The job's constants; ``base`` is its ``factor_base`` or its ``denominator_base``.
    o : Out
        The row's factor, saturated; with ``row_denominator`` its denominator, saturated from above.
    nonpositive : Out(1)
        With ``row_denominator`` alone: the denominator is zero or less; ``o`` has no meaning.
    """

    def __init__(self, config: Config):
        self.config = config
        self.key = (config,)
        self.latency = self.cycles(config)
        if config.row_denominator:
            self.moved, self.offset = Int(config.denominator_bits + 1), 0
            members = {"o": Out(config.denominator_bits), "nonpositive": Out(1)}
            base_bits = config.denominator_bits
        else:
            self.moved, self.offset = Int(config.factor.bits + 1), config.factor_offset
            members = {"o": Out(config.factor.shape)}
            base_bits = config.factor_fraction_bits + 1
        super().__init__(
            {
                "diagonal": In(Shape(config.diagonal_bits, True)),
                "base": In(base_bits),
                "multiplier": In(config.multiplier_bits),
                "shift": In(6),
                **members,
            }
        )

    @staticmethod
    def cycles(config: Config) -> int:
        """Latency for a config: scaling, and the addition of the constant."""
        return Requantise.cycles(Int(config.diagonal_bits), config.multiplier_bits) + 1

    def elaborate(self, platform):
        m = Module()
        config = self.config
        scale = place(
            m,
            platform,
            "scale",
            Requantise(
                Int(config.diagonal_bits),
                self.moved,
                multiplier_bits=config.multiplier_bits,
                shift_bits=6,
                offset=self.offset,
            ),
        )
        m.d.comb += [
            scale.i_valid.eq(1),
            scale.i.eq(self.diagonal),
            scale.multiplier.eq(self.multiplier),
            scale.shift.eq(self.shift),
        ]
        total = Signal(Shape(self.moved.bits + 1, True), name="total")
        o = Signal.like(self.o, name="s_o", reset_less=True)
        m.d.comb += self.o.eq(o)
        if config.row_denominator:
            nonpositive = Signal(name="s_nonpositive", reset_less=True)
            m.d.comb += [total.eq(self.base + scale.o), self.nonpositive.eq(nonpositive)]
            m.d.sync += [
                o.eq(saturated(total, Int(config.denominator_bits, signed=False))),
                nonpositive.eq(total <= 0),
            ]
        else:
            m.d.comb += total.eq(self.base - scale.o)
            m.d.sync += o.eq(saturated(total, config.factor))
        return m


class RowTerm(wiring.Component):
    """A value term times the row's factor, without the factor's fraction: 2 cycles, one per cycle.

    Parameters
    ----------
    config : Config

    Members
    -------
    term, factor : In
    o : Out(signed(config.row_term_bits))
        ``floor(term * factor / 2**factor_fraction_bits)``, exact.
    """

    latency = 2
    part_bits = 17  # of the term, unsigned, that an 18-bit signed DSP takes

    def __init__(self, config: Config):
        self.config = config
        self.key = (config.value_term_bits, config.factor, config.factor_fraction_bits)
        super().__init__(
            {
                "term": In(Shape(config.value_term_bits, True)),
                "factor": In(config.factor.shape),
                "o": Out(Shape(config.row_term_bits, True)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        cut, bits = self.part_bits, self.config.value_term_bits + self.config.factor.bits
        product = Signal(Shape(bits, True), name="s2_product", reset_less=True)
        if self.config.value_term_bits <= cut + 1:
            first = Signal(Shape(bits, True), name="s1_product", reset_less=True)
            m.d.sync += [first.eq(self.term * self.factor), product.eq(first)]
        else:
            # Two products that fit a DSP each, and their sum.
            low = Signal(Shape(cut + self.config.factor.bits, True), name="s1_low", reset_less=True)
            high = Signal(Shape(bits - cut, True), name="s1_high", reset_less=True)
            total = Signal(Shape(bits - cut, True), name="total")
            m.d.comb += total.eq((low >> cut) + high)
            m.d.sync += [
                low.eq(self.term[:cut] * self.factor),
                high.eq(self.term[cut:].as_signed() * self.factor),
                product.eq(Cat(low[:cut], total)),
            ]
        m.d.comb += self.o.eq(product >> self.config.factor_fraction_bits)
        return m
