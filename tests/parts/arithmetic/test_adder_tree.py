"""The adder tree is a sum, at every size."""

import numpy as np
import pytest

from attnforge.hdl.parts.arithmetic.adder_tree import AdderTree
from tests.parts.pysim import trace


@pytest.mark.parametrize("inputs", [1, 2, 3, 4, 5, 7, 8, 13])
@pytest.mark.parametrize("bits, every", [(1, 1), (5, 1), (8, 2), (7, 3), (6, 9)])
def test_sum(inputs, bits, every):
    rng = np.random.default_rng(inputs * 100 + bits)
    low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    dut = AdderTree(inputs, bits, every)
    assert dut.latency == int(np.ceil(np.ceil(np.log2(inputs)) / every))
    values = rng.integers(low, high, (40, inputs), endpoint=True)
    values[0], values[1] = low, high
    seen = trace(dut, [{"i": row.tolist()} for row in values], ["o"], drain=dut.latency)
    assert seen["o"][dut.latency :] == values.sum(axis=1).tolist()


def test_the_result_is_no_wider_than_needed():
    assert len(AdderTree(13, 6).o) == 10
    assert len(AdderTree(16, 6).o) == 10
    assert len(AdderTree(1, 6).o) == 6


@pytest.mark.parametrize("parameters, name", [((0, 8), "inputs"), ((4, -3), "bits"), ((4, 8, 0), "every")])
def test_refusals(parameters, name):
    value = parameters[("inputs", "bits", "every").index(name)]
    with pytest.raises(ValueError, match=rf"{name} .* not {value}$"):
        AdderTree(*parameters)
