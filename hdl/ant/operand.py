"""What moves through the array: a code, decoded to what an element multiplies with."""

from dataclasses import dataclass
from functools import cached_property

from amaranth.hdl import Module, Shape, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.numeric import Format, max_exponent
from attnforge.hdl.parts.arithmetic.decoder import Decoder
from attnforge.hdl.parts.hierarchy import place

__all__ = ["EdgeDecoder", "Operand", "signed_shape"]


def signed_shape(low: int, high: int) -> Shape:
    """The signed shape that holds the integers from ``low`` to ``high``."""
    return Shape(max((-low - 1 if low < 0 else 0).bit_length(), high.bit_length()) + 1, True)


@dataclass(frozen=True)
class Operand:
    """Decoded operands of one side of the array.

    Parameters
    ----------
    forms : tuple of Format
        What a code may be.
    step : int
        Divides every exponent: 2 where PoT and float are not enabled, since those of flint are even.
    whole : bool
        An operand is its value; otherwise it is ``(-1)^sign magnitude 2^(step exponent)``.
    """

    forms: tuple[Format, ...]
    step: int
    whole: bool

    @cached_property
    def magnitude_bits(self) -> int:
        """Width of the largest base without its sign."""
        # A negative base of n bits reaches one further than a positive one: -8 takes four bits.
        return max(form.base_shape.width for form in self.forms)

    @cached_property
    def exponents(self) -> int:
        """Largest exponent, in steps."""
        return max_exponent(self.forms) // self.step

    @cached_property
    def range(self) -> tuple[int, int]:
        """Smallest and largest value."""
        return min(form.min for form in self.forms), max(form.max for form in self.forms)

    @property
    def peak(self) -> int:
        """Largest value without its sign."""
        return max(-self.range[0], self.range[1])

    @cached_property
    def layout(self) -> data.StructLayout:
        """The operand as it moves."""
        if self.whole:
            return data.StructLayout({"value": signed_shape(*self.range)})
        return data.StructLayout(
            {"magnitude": self.magnitude_bits, "sign": 1, "exponent": self.exponents.bit_length()}
        )


class EdgeDecoder(wiring.Component):
    """From a code to an operand: ``latency`` 1 cycle, one per cycle.

    Parameters
    ----------
    operand : Operand

    Members
    -------
    code, tag : In
        See `Decoder`.
    o : Out(operand.layout)
    """

    latency = 1

    def __init__(self, operand: Operand):
        self.operand = operand
        self.key = (operand,)
        tags = range(max(2, len(operand.forms)))
        super().__init__({"code": In(operand.forms[0].bits), "tag": In(tags), "o": Out(operand.layout)})

    def elaborate(self, platform):
        m = Module()
        decoder = place(m, platform, "decoder", Decoder(self.operand.forms))
        operand = Signal(self.operand.layout, name="s1_operand", reset_less=True)
        m.d.comb += [decoder.code.eq(self.code), decoder.tag.eq(self.tag), self.o.eq(operand)]
        if self.operand.whole:
            m.d.sync += operand.value.eq(decoder.base << decoder.exponent)
        else:
            m.d.sync += [
                operand.magnitude.eq(abs(decoder.base)),
                operand.sign.eq(decoder.base < 0),
                operand.exponent.eq(decoder.exponent >> self.operand.step.bit_length() - 1),
            ]
        return m
