"""From float tensors to integers: scales, multipliers and shifts, all from here (contract 3)."""

import math

import numpy as np

from attnforge.hdl.numeric.format import Format

__all__ = ["fixed_multiplier", "quantise", "symmetric_scale"]


def symmetric_scale(values, form: Format) -> float:
    """Value of one LSB such that the largest magnitude maps to ``form.max``; 1.0 for a tensor of zeros.

    Raises
    ------
    ValueError
        A value that is not finite.
    """
    peak = float(np.max(np.abs(values), initial=0.0))
    if not math.isfinite(peak):
        raise ValueError(f"a tensor holds finite values, not {peak}")
    return peak / form.max if peak > 0 else 1.0


def quantise(values, scale: float, form: Format) -> np.ndarray:
    """``values / scale`` to the nearest value of the format (ties upwards), saturated; int64."""
    return form.nearest(np.asarray(values, np.float64) / scale)


def fixed_multiplier(factor: float, bits: int, max_shift: int) -> tuple[int, int]:
    """The pair (multiplier, shift) for which ``multiplier / 2**shift`` is nearest to ``factor``.

    Parameters
    ----------
    factor : float
        0 or more.
    bits : int
        Width of the unsigned multiplier; a result other than zero uses all of it unless the shift is at its limit.
    max_shift : int
        Largest shift, 0 or more.

    Raises
    ------
    ValueError
        A factor below zero, not finite, or too large for the multiplier with a shift of 0.
    """
    if not (math.isfinite(factor) and factor >= 0):
        raise ValueError(f"a scale factor is finite and not below zero, not {factor!r}")
    if factor == 0:
        return 0, 0
    shift = min(bits - 1 - math.floor(math.log2(factor)), max_shift)
    multiplier = math.floor(factor * 2.0**shift + 0.5)
    if multiplier >> bits:
        multiplier, shift = math.floor(factor * 2.0 ** (shift - 1) + 0.5), shift - 1
    if shift < 0:
        raise ValueError(f"a scale factor of {factor!r} does not fit a {bits}-bit multiplier")
    return multiplier, shift
