"""Rounding against exact fractions."""

import math
from fractions import Fraction

import numpy as np
import pytest

from attnforge.hdl.numeric import Rounding, round_divide, round_shift

HALF = Fraction(1, 2)
ORACLES = {
    Rounding.FLOOR: math.floor,
    Rounding.HALF_UP: lambda exact: math.floor(exact + HALF),
    Rounding.HALF_EVEN: round,  # Python's, of fractions: exact and half-even
}


@pytest.mark.parametrize("mode", Rounding)
@pytest.mark.parametrize("shift", [0, 1, 2, 3, 9])
def test_round_shift(mode, shift):
    values = np.arange(-70, 71)
    wanted = [ORACLES[mode](Fraction(int(value), 2**shift)) for value in values]
    assert round_shift(values, shift, mode).tolist() == wanted


@pytest.mark.parametrize("mode", Rounding)
def test_round_shift_of_large_values(mode):
    """Neither the largest int64 nor Python's integers overflow."""
    ends = [2**63 - 1, 2**63 - 2, -(2**63), -(2**63) + 1]
    wanted = [ORACLES[mode](Fraction(value, 2**5)) for value in ends]
    assert round_shift(np.array(ends), 5, mode).tolist() == wanted
    huge = [3 * 2**90 + 2**19, -(5 * 2**80) + 1]
    wanted = [ORACLES[mode](Fraction(value, 2**20)) for value in huge]
    assert round_shift(np.array(huge, object), 20, mode).tolist() == wanted


@pytest.mark.parametrize("border_bits", [1, 2, 5])
@pytest.mark.parametrize("shift", [0, 1, 4, 7])
def test_border(shift, border_bits):
    values = np.arange(-200, 201)
    for border in range(2**border_bits):
        exact = [Fraction(int(value), 2**shift) + Fraction(border, 2**border_bits) for value in values]
        got = round_shift(values, shift, Rounding.HALF_EVEN, border=border, border_bits=border_bits)
        assert got.tolist() == [math.floor(value) for value in exact]


def test_one_border_per_value():
    borders = np.array([0, 1, 2, 3])
    assert round_shift(np.array([5, 5, 5, 5]), 2, border=borders, border_bits=2).tolist() == [1, 1, 1, 2]


def test_half_a_border_is_half_up():
    values = np.arange(-50, 51)
    assert (round_shift(values, 3, border=4, border_bits=3) == round_shift(values, 3, Rounding.HALF_UP)).all()


def test_round_divide():
    numerators, denominators = np.meshgrid(np.arange(-60, 61), np.arange(1, 13))
    got = round_divide(numerators, denominators)
    for numerator, denominator, quotient in zip(numerators.flat, denominators.flat, got.flat, strict=True):
        assert quotient == math.floor(Fraction(int(numerator), int(denominator)) + HALF)
    assert round_divide(-5, 2) == -2 and round_divide(5, 2) == 3
