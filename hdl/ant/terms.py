"""The products of a processing element, in look-up tables or in a DSP block: what is added to its sums."""

from amaranth.hdl import Cat, Const, Mux, Shape, Signal

from attnforge.hdl.ant.shape import PeShape
from attnforge.hdl.parts.arithmetic.multiplier import StationaryMultiplier
from attnforge.hdl.parts.hierarchy import place

__all__ = ["dsp_terms", "lut_product", "lut_term", "together"]


def lut_product(left, right):
    """Product of two unsigned values of a few bits as a sum of rows, for look-up tables alone.

    A ``*`` would take a DSP block, however narrow its factors.
    """
    rows = [Mux(bit, left, 0) << place for place, bit in enumerate(right)]
    while len(rows) > 1:
        rows = [rows[at] + rows[at + 1] if at + 1 < len(rows) else rows[at] for at in range(0, len(rows), 2)]
    return rows[0][: len(left) + len(right)]


def lut_term(m, shape: PeShape, a, w, column):
    """Term of a column and its carry, two cycles after operands: magnitudes are multiplied, shifted, given their sign.

    The complement of a negative term wants one more, which the carry chain of the sum adds.
    """

    def register(name, bits):
        return Signal(bits, name=f"{name}{column}", reset_less=True)

    s2_product = register("s2_product", len(a.magnitude) + len(w.magnitude))
    s2_negative = register("s2_negative", 1)
    s2_exponent = register("s2_exponent", (shape.a.exponents + shape.w.exponents).bit_length())
    s3_term = register("s3_term", shape.term_bits)
    s3_negative = register("s3_negative", 1)
    shifted = s2_product
    if len(s2_exponent):
        shifted = s2_product << Cat(Const(0, shape.a.step.bit_length() - 1), s2_exponent)
    shifted = Cat(shifted, Const(0, shape.term_bits))[: shape.term_bits]
    m.d.sync += [
        s2_product.eq(lut_product(a.magnitude, w.magnitude)),
        s2_negative.eq(a.sign ^ w.sign),
        s2_exponent.eq(a.exponent + w.exponent),
        s3_term.eq(shifted ^ s2_negative.replicate(shape.term_bits)),
        s3_negative.eq(s2_negative),
    ]
    return Cat(s3_term, s3_negative).as_signed(), s3_negative


def dsp_terms(m, platform, shape: PeShape, a, weights):
    """Terms and carries of one or two columns, ``shape.stages`` cycles after the operands, from one product.

    Two weights are one factor, see `together`. Where the first product is negative it has borrowed one from the second,
    which the carry chain of that sum gives back.
    """
    dsp = place(m, platform, "multiplier", StationaryMultiplier(len(a.value), len(weights)))
    m.d.comb += [dsp.moving.eq(a.value), dsp.stationary.eq(weights), dsp.swap.eq(1)]
    if len(weights) == Shape.cast(shape.weights(1)).width:
        return [(dsp.product, Const(0, 1))]
    bits = shape.product_bits
    low = Signal(Shape(bits, True), name="low_product")
    high = Signal(Shape(len(dsp.product) - bits, True), name="high_product")
    m.d.comb += [low.eq(dsp.product[:bits]), high.eq(dsp.product[bits:])]
    return [(low, Const(0, 1)), (high, low[-1])]


def together(shape: PeShape, weights):
    """The operands of one or two columns as they move down: in a DSP body the second above the first's product."""
    if not shape.dsp:
        return Cat(*(weight.as_value() for weight in weights))
    values = [weight.value for weight in weights]
    return values[0] + (values[1] << shape.product_bits) if len(values) == 2 else values[0]
