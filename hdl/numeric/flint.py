"""flint: integers near zero, powers of two at the far end, and a mantissa that shrinks in between."""

from dataclasses import dataclass

import numpy as np

from attnforge.hdl.numeric.sign_magnitude import SignMagnitude

__all__ = ["Flint"]


@dataclass(frozen=True)
class Flint(SignMagnitude):
    """flint (ANT, MICRO 2022), 3 to 8 bits: the place of the first one below the most significant bit is the exponent.

    A magnitude of w bits with a most significant 0 is an integer. Below a most significant 1 come k zeros, a one and
    a fraction of w - 2 - k bits: ``2**(w - 1 + k) * (1 + fraction)``; no one at all means ``2**(2w - 2)``, the
    maximum. Exponents are even, and a base fits w bits.
    """

    kind = "flint"
    widths = (3, 8)

    def decode_magnitude(self, codes):
        """Below a most significant 1: the rest doubled, and twice its leading zeros; the maximum has base 1."""
        low_bits = self.magnitude_bits - 1
        low = codes & ((1 << low_bits) - 1)
        zeros = sum((low < 1 << place).astype(np.int64) for place in range(low_bits))
        scaled = np.where(low == 0, 1, low << 1), 2 * zeros
        large = codes >> low_bits == 1
        return np.where(large, scaled[0], codes), np.where(large, scaled[1], 0)
