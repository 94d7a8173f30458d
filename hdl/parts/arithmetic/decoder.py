"""From the code of a number format to the base and the exponent that an array multiplies with."""

from amaranth.hdl import Cat, Const, Module, Mux
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.numeric import Digit, Flint, Float, Int, Pot, base_shape, max_exponent

__all__ = ["Decoder"]


class Decoder(wiring.Component):
    """Base and exponent of a code, ``value = base << exponent``: without a register, 0 cycles.

    One stands at the edge of an array for every row and every column; a tag says which of its formats a code has. A
    flint finds its exponent by leading-zero detection.

    Parameters
    ----------
    forms : sequence of Format
        What a code may be, all of one width; unsigned and signed formats are formats of their own, and so are the
        digits of a wider integer.

    Members
    -------
    code : In(bits)
    tag : In
        Place of the code's format in ``forms``; not read if there is only one.
    base : Out(base_shape(forms))
    exponent : Out
        0 to ``max_exponent(forms)``.

    Raises
    ------
    ValueError
        Formats of several widths, or none.
    """

    latency = 0

    def __init__(self, forms):
        self.forms = tuple(forms)
        if len({form.bits for form in self.forms}) != 1:
            names = ", ".join(form.name for form in self.forms) or "none"
            raise ValueError(f"the formats of a decoder have one width, not {names}")
        self.key = self.forms
        super().__init__(
            {
                "code": In(self.forms[0].bits),
                "tag": In(range(max(2, len(self.forms)))),
                "base": Out(base_shape(self.forms)),
                "exponent": Out(range(max(2, max_exponent(self.forms) + 1))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        with m.Switch(self.tag if len(self.forms) > 1 else Const(0, 1)):
            for tag, form in enumerate(self.forms):
                base, exponent = _DECODE[type(form)](form, self.code)
                with m.Case(tag):
                    m.d.comb += [self.base.eq(base), self.exponent.eq(exponent)]
        return m


def _integer(form, code):
    return (code.as_signed() if form.signed else code), Const(0)


def _digit(form, code):
    return (code.as_signed() if form.signed else code), Const(form.place)


def _signed(decode):
    """A decoder of magnitudes as one of codes with a sign."""

    def with_sign(form, code):
        magnitude = code[: form.magnitude_bits]
        base, exponent = decode(form, magnitude)
        return (Mux(code[-1], -base, base) if form.signed else base), exponent

    return with_sign


def _flint(form, code):
    low, large = code[:-1], code[-1]
    zeros = Const(len(low))
    for place, bit in enumerate(low):
        zeros = Mux(bit, len(low) - 1 - place, zeros)
    scaled = Mux(low.any(), low << 1, 1)
    return Mux(large, scaled, code), Mux(large, zeros << 1, 0)


def _pot(form, code):
    return code.any(), Mux(code.any(), code - 1, 0)


def _float(form, code):
    mantissa, field = code[: form.mantissa_bits], code[form.mantissa_bits :]
    return Cat(mantissa, field.any()), Mux(field.any(), field - 1, 0)


_DECODE = {Int: _integer, Digit: _digit, Flint: _signed(_flint), Pot: _signed(_pot), Float: _signed(_float)}
