"""Floating point of a few bits."""

from dataclasses import dataclass

import numpy as np

from attnforge.hdl.numeric.sign_magnitude import SignMagnitude

__all__ = ["Float"]

EXPONENT_BITS = 3


@dataclass(frozen=True)
class Float(SignMagnitude):
    """Floating point with 3 exponent bits and subnormals, 3 to 5 bits; no infinities, every code is a number.

    The exponent field stands above the mantissa; without a bit left for a mantissa the values are those of `Pot`, and
    a signed format of 3 bits has 2 exponent bits.
    """

    kind = "float"
    widths = (3, 5)

    @property
    def mantissa_bits(self) -> int:
        """Width of the mantissa, without its hidden one."""
        return max(0, self.magnitude_bits - EXPONENT_BITS)

    def decode_magnitude(self, codes):
        """The mantissa with its hidden one, and the exponent field less one."""
        field = codes >> self.mantissa_bits
        return codes - (np.maximum(field - 1, 0) << self.mantissa_bits), np.maximum(field - 1, 0)
