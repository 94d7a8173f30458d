"""Rounding modes, read by the gates and by the models alike."""

from enum import Enum

import numpy as np

__all__ = ["Rounding", "round_divide", "round_shift"]


class Rounding(Enum):
    """What becomes of the part that a shift or a division cuts off.

    ``FLOOR`` drops it (towards minus infinity), ``HALF_UP`` rounds to the nearest with ties upwards (towards plus
    infinity, also below zero), ``HALF_EVEN`` to the nearest with ties to the even neighbour.
    """

    FLOOR = "floor"
    HALF_UP = "half_up"
    HALF_EVEN = "half_even"


def round_shift(values, shift: int, mode: Rounding = Rounding.HALF_UP, border=None, border_bits: int = 1):
    """``values / 2**shift`` rounded to integers, exact for any int64 or object array.

    Parameters
    ----------
    values : int or array of int
    shift : int
        0 or more.
    mode : Rounding
    border : int or array of int, optional
        With it the result is ``floor(values / 2**shift + border / 2**border_bits)`` and ``mode`` is not used: a value
        whose cut-off fraction is at least ``1 - border / 2**border_bits`` is rounded up.
    border_bits : int
        Fraction bits of ``border``.
    """
    values = np.asarray(values)
    if border is not None:
        return (((values << border_bits) >> shift) + border) >> border_bits
    if mode is Rounding.FLOOR or shift == 0:
        return values >> shift
    if mode is Rounding.HALF_UP:
        return ((values >> (shift - 1)) + 1) >> 1
    kept = values >> shift
    rest = values - (kept << shift)
    half = 1 << (shift - 1)
    return kept + ((rest > half) | ((rest == half) & ((kept & 1) == 1)))


def round_divide(numerator, denominator):
    """``numerator / denominator`` to the nearest integer, ties upwards; denominators above zero."""
    return (2 * np.asarray(numerator) + denominator) // (2 * np.asarray(denominator))
