"""From floats to integers: scales, values, multipliers with shifts."""

import math

import numpy as np
import pytest

from attnforge.hdl.numeric import Int, fixed_multiplier, quantise, symmetric_scale


@pytest.mark.parametrize("form", [Int(8), Int(3), Int(16), Int(8, False)])
def test_the_peak_becomes_the_largest_value(form):
    values = np.random.default_rng(form.bits).normal(size=100)
    values = np.abs(values) if not form.signed else values
    scale = symmetric_scale(values, form)
    integers = quantise(values, scale, form)
    assert np.abs(integers).max() == form.max
    assert np.abs(integers * scale - values).max() <= scale / 2 * (1 + 1e-9)


def test_scale_of_nothing():
    assert symmetric_scale(np.zeros(4), Int(8)) == 1.0
    assert symmetric_scale(np.zeros((0, 3)), Int(8)) == 1.0


def test_ties_go_up_and_values_saturate():
    values = [-1e30, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 300.0]
    assert quantise(values[1:], 1.0, Int(8)).tolist() == [-2, -1, 0, 1, 2, 3, 127]
    assert quantise([-300.0, 126.6, 127.4], 1.0, Int(8)).tolist() == [-128, 127, 127]


@pytest.mark.parametrize("bits, max_shift", [(8, 15), (16, 31), (1, 7), (15, 40)])
def test_fixed_multiplier_is_nearest(bits, max_shift):
    rng = np.random.default_rng(bits)
    for factor in np.exp2(rng.uniform(-max_shift - 3, bits - 1, 200)):
        multiplier, shift = fixed_multiplier(float(factor), bits, max_shift)
        assert 0 <= multiplier < 1 << bits and 0 <= shift <= max_shift
        assert abs(multiplier - factor * 2.0**shift) <= 0.5
        if shift < max_shift:
            assert multiplier >> (bits - 1), "the multiplier does not use all of its bits"


@pytest.mark.parametrize("factor, bits, max_shift, pair", [
    (0.0, 8, 15, (0, 0)),
    (1.0, 8, 15, (128, 7)),
    (255.0, 8, 15, (255, 0)),
    (0.9999, 8, 15, (128, 7)),  # rounds up to 256, one bit too many
    (2.0**-20, 8, 15, (0, 15)),
    (3 * 2.0**-15, 8, 15, (3, 15)),
    (1.0, 8, 0, (1, 0)),
    (1.49, 1, 4, (1, 0)),
])
def test_fixed_multiplier_corners(factor, bits, max_shift, pair):
    assert fixed_multiplier(factor, bits, max_shift) == pair


@pytest.mark.parametrize("factor", [-0.5, math.inf, math.nan, 255.5, 256.0, 1e9])
def test_fixed_multiplier_refuses(factor):
    with pytest.raises(ValueError, match=repr(factor)):
        fixed_multiplier(factor, 8, 15)
