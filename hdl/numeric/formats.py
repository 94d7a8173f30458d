"""The formats by name, and what a datapath for several of them needs."""

from collections.abc import Sequence

from amaranth.hdl import Shape

from attnforge.hdl.numeric.flint import Flint
from attnforge.hdl.numeric.format import Format
from attnforge.hdl.numeric.integer import Int
from attnforge.hdl.numeric.minifloat import Float
from attnforge.hdl.numeric.pot import Pot

__all__ = ["KINDS", "base_shape", "max_exponent"]

KINDS = {"int": Int, "flint": Flint, "pot": Pot, "float": Float}
"""Formats that a tensor may have, in the order in which equals are preferred."""


def base_shape(forms: Sequence[Format]) -> Shape:
    """The narrowest shape that holds the bases of all formats."""
    shapes = [form.base_shape for form in forms]
    signed = any(shape.signed for shape in shapes)
    return Shape(max(shape.width + (signed and not shape.signed) for shape in shapes), signed)


def max_exponent(forms: Sequence[Format]) -> int:
    """The largest exponent of all formats."""
    return max(form.max_exponent for form in forms)

