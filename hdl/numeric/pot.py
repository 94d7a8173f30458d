"""Powers of two."""

from dataclasses import dataclass

import numpy as np

from attnforge.hdl.numeric.sign_magnitude import SignMagnitude

__all__ = ["Pot"]


@dataclass(frozen=True)
class Pot(SignMagnitude):
    """Powers of two, 3 to 5 bits: magnitude 0 is zero, magnitude c is ``2**(c - 1)``."""

    kind = "pot"
    widths = (3, 5)

    def decode_magnitude(self, codes):
        """A base of 0 or 1."""
        return (codes > 0).astype(np.int64), np.maximum(codes - 1, 0)
