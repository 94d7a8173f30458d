"""What decides the gates of a processing element: its operands, its body, and the widths that follow."""

import math
from dataclasses import dataclass
from functools import cache, cached_property

from amaranth.hdl import Shape
from amaranth.lib import data

from attnforge.hdl.ant.config import Config
from attnforge.hdl.ant.operand import Operand, signed_shape
from attnforge.hdl.parts.arithmetic.multiplier import StationaryMultiplier

__all__ = ["PeShape"]

LUT_STAGES = 3


@dataclass(frozen=True)
class PeShape:
    """A processing element's parameters.

    Parameters
    ----------
    a, w : Operand
        Activations and weights; whole ones are multiplied in a DSP block, two columns at once.
    accumulator_bits : int
    """

    a: Operand
    w: Operand
    accumulator_bits: int

    @classmethod
    @cache
    def of(cls, config: Config) -> "PeShape":
        """That of a core."""
        return cls(*_operands(config, config.dsp), config.accumulator_bits)

    @property
    def dsp(self) -> bool:
        """The body is a DSP block."""
        return self.a.whole

    @property
    def stages(self) -> int:
        """Cycles from operands to a term of the sum."""
        return StationaryMultiplier.latency if self.dsp else LUT_STAGES

    @cached_property
    def term_bits(self) -> int:
        """Width of a product's magnitude."""
        return (self.a.peak * self.w.peak).bit_length()

    @cached_property
    def product_bits(self) -> int:
        """Width of a signed product: the place of the second weight above the first."""
        corners = [a * w for a in self.a.range for w in self.w.range]
        return signed_shape(min(corners), max(corners)).width

    def weights(self, columns):
        """The shape of the weights of ``columns`` columns, as they move down together."""
        if not self.dsp:
            return data.ArrayLayout(self.w.layout, columns)
        scale = 1 + (columns - 1 << self.product_bits)
        return signed_shape(*(end * scale for end in self.w.range))

    @property
    def accumulator(self) -> Shape:
        """Of a sum."""
        return Shape(self.accumulator_bits, True)


def _operands(config, whole):
    exponents = [e for form in config.row_digits for e in map(int, form.decode(range(1 << form.bits))[1])]
    step = math.gcd(*exponents) or 1
    return Operand(config.row_digits, step, whole), Operand(config.column_digits, step, whole)
