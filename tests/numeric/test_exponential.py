"""Exponentials against exact powers of two."""

from fractions import Fraction

import numpy as np
import pytest

from attnforge.hdl.numeric import Int, exponential_table, exponentials

SIZES = [(2, 4), (5, 12), (8, 16), (3, 1)]


def nearest(value):
    return int(value + Fraction(1, 2))


@pytest.mark.parametrize("fraction_bits, probability_bits", SIZES)
def test_the_table_is_the_nearest_integer(fraction_bits, probability_bits):
    """``t`` is nearest to ``p 2**-f`` if ``(2 t - 1)**n <= (2 p)**n 2**-(n f) < (2 t + 1)**n``; n f is an integer."""
    table = exponential_table(fraction_bits, probability_bits)
    n, twice_peak = 1 << fraction_bits, 2 * ((1 << probability_bits) - 1)
    assert len(table) == n
    for at, entry in enumerate(map(int, table)):
        assert (2 * entry - 1) ** n << at <= twice_peak**n < (2 * entry + 1) ** n << at


@pytest.mark.parametrize("fraction_bits, probability_bits", SIZES)
def test_whole_part_shifts_and_rounds(fraction_bits, probability_bits):
    form, n = Int(16), 1 << fraction_bits
    distance = np.arange((probability_bits + 6) * n)
    table = exponential_table(fraction_bits, probability_bits)
    wanted = [nearest(Fraction(int(table[d % n]), 2 ** (d // n))) for d in range(len(distance))]
    maximum = form.max - 3
    sizes = {"fraction_bits": fraction_bits, "probability_bits": probability_bits}
    got = exponentials(maximum - distance, maximum, form, **sizes)
    assert got.tolist() == wanted
    assert got[0] == (1 << probability_bits) - 1 and (np.diff(got) <= 0).all()
    exact = got[0] * 2.0 ** (-distance / n)
    assert np.abs(got - exact).max() < 1


def test_the_smallest_score_gives_nothing():
    form = Int(8)
    sizes = {"fraction_bits": 3, "probability_bits": 5}
    scores = np.array([[form.min, form.min + 1], [form.min, form.min]])
    got = exponentials(scores, scores.max(axis=1, keepdims=True), form, **sizes)
    assert got.tolist() == [[0, 31], [0, 0]]


def test_the_farthest_distance_gives_nothing():
    form = Int(18)
    assert exponentials(form.min + 1, form.max, form, fraction_bits=2, probability_bits=16) == 0
