"""Biases of any size beside weights of any size: none is lost, in either design that multiplies matrices."""

import numpy as np
import pytest

from attnforge.hdl.ant import DESIGN as ANT
from attnforge.hdl.dense import DESIGN as DENSE
from attnforge.hdl.parts.arithmetic.channel_scale import ChannelScale

WEIGHTS = {"alike": 1.0, "1e-5 of the others": 1e-5, "1e-9 of the others": 1e-9, "zero": 0.0}
BIASES = {"like the results": 8.0, "a thousand times as large": 8e3, "huge": 1e12, "small": 1e-3}


def layer(weights, bias, rng):
    """Six channels, of which the fourth one has these weights, and all have a bias of this size."""
    w = rng.normal(size=(64, 6))
    w[:, 3] *= weights
    return rng.normal(size=(40, 64)), w, bias * np.array([1, -0.5, 0, 0.8, -1, 0.3])


def dense(x, w, bias):
    config = DENSE.Config()
    job, operands, scales = DENSE.quantise(config, {"x": x, "w": w, "bias": bias})
    return DENSE.model(config, job, operands)["y"], scales["y"]


def ant(x, w, bias):
    config = ANT.Config()
    job, operands, scales = ANT.quantise(config, {"a": x, "w": w, "bias": bias}, bits=8, percents=[100])
    return ANT.model(config, job, operands)["c"], scales["c"]


@pytest.mark.parametrize("run", [dense, ant])
@pytest.mark.parametrize("bias", BIASES)
@pytest.mark.parametrize("weights", WEIGHTS)
def test_results_are_the_floats_within_what_8_bits_of_three_tensors_leave(run, weights, bias):
    """The bias of a channel of small weights was cut to what its field holds in steps as small as these."""
    x, w, b = layer(WEIGHTS[weights], BIASES[bias], np.random.default_rng(len(weights) + len(bias)))
    found, lsb = run(x, w, b)
    assert np.abs(found).max() == 127
    assert np.abs(found - (x @ w + b) / lsb).max() < 2.5


@pytest.mark.parametrize("run", [dense, ant])
def test_a_bias_that_fits_changes_no_scale(run):
    x, w, b = layer(1.0, 8.0, np.random.default_rng(1))
    scale, none = (ChannelScale(16, 29).bias_room(np.full(6, 1e-4), each, w) for each in (b, 0 * b))
    assert (scale == 1).all() and (none == 1).all()


def test_the_largest_bias_takes_all_of_its_field():
    scale = ChannelScale(16, 12)
    units, bias = np.array([1.0, 1.0, 1e-9, 1.0]), np.array([2047.0, 5e6, -3.0, 0.25])
    weights = np.array([[1, 1, 1, 0]])
    units = units * scale.bias_room(units, bias, weights)
    assert scale.steps(bias, units).tolist() == [2047, 2047, -2047, 2047]


@pytest.mark.parametrize("bias", [2048.5, -2049.0, np.inf])
def test_a_bias_beyond_its_field_is_refused_in_one_line(bias):
    with pytest.raises(ValueError, match=r"^bias\[1\] must be within -2048 to 2047 steps of 1, not .*$"):
        ChannelScale(16, 12).steps(np.array([1.0, bias]), np.ones(2))
