"""One result: bias, scale, rounding."""

from amaranth.hdl import Shape
from amaranth.lib import data

from .config import SHIFT_BITS, Config

__all__ = ["PARAMETER_BYTES", "parameter_layout"]

PARAMETER_BYTES = 12
"""A channel's row of parameters in the operand stream: three words of 32 bits."""


def parameter_layout(config: Config) -> data.StructLayout:
    """The parameters of a channel."""
    return data.StructLayout(
        {
            "multiplier": config.multiplier_bits,
            "shift": SHIFT_BITS,
            "bias": Shape(config.bias_bits, True),
        }
    )
