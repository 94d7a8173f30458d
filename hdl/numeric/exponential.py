"""Powers of two of fixed-point scores, through a table of the fraction: read by the gates and by the models alike."""

import numpy as np

from attnforge.hdl.numeric.integer import Int
from attnforge.hdl.numeric.rounding import round_shift

__all__ = ["exponential_table", "exponentials"]


def exponential_table(fraction_bits: int, probability_bits: int) -> np.ndarray:
    """``2**-f`` for every fraction f of ``fraction_bits``, in units of which 1 has ``2**probability_bits - 1``."""
    fractions = np.arange(1 << fraction_bits) / (1 << fraction_bits)
    return np.floor(((1 << probability_bits) - 1) * 2.0**-fractions + 0.5).astype(np.int64)


def exponentials(scores, maximum, form: Int, *, fraction_bits: int, probability_bits: int) -> np.ndarray:
    """``2**(score - maximum)``, unsigned integers of ``probability_bits`` of which the largest is 1.

    The fraction of the distance goes through the table, its whole part is a right shift, rounded, ties upwards.

    Parameters
    ----------
    scores, maximum : arrays of int that broadcast
        Of ``form``, with ``fraction_bits`` of it behind the point; no score above its maximum. The form's smallest
        value stands for minus infinity.
    form : Int
    fraction_bits, probability_bits : int
    """
    scores = np.asarray(scores, np.int64)
    distance = np.asarray(maximum, np.int64) - scores
    mantissa = exponential_table(fraction_bits, probability_bits)[distance & ((1 << fraction_bits) - 1)]
    whole = np.minimum(distance >> fraction_bits, probability_bits + 1)  # from there on the result is 0
    return np.where(scores == form.min, 0, round_shift(mantissa, whole, border=1))
