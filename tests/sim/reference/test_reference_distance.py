"""The numbers that reports print about two tensors."""

import numpy as np
import pytest

from attnforge.sim.reference import distance


def test_by_hand():
    result = distance([3.0, 4.0], [3.0, 3.0], lsb=0.5)
    assert result.max_lsb == 2
    assert result.within_one == 0.5
    assert result.relative == pytest.approx(1 / np.sqrt(18))
    assert result.cosine == pytest.approx(21 / (5 * np.sqrt(18)))
    assert result.sqnr == pytest.approx(10 * np.log10(18))


def test_same_tensor():
    result = distance(np.arange(6.0), np.arange(6.0))
    assert (result.relative, result.max_lsb, result.within_one) == (0, 0, 1)
    assert result.sqnr == np.inf
    assert result.cosine == pytest.approx(1)


@pytest.mark.parametrize(("actual", "reference", "cosine", "relative"), [(0, 0, 1, 0), (1, 0, 0, np.inf), (0, 1, 0, 1)])
def test_zeros(actual, reference, cosine, relative):
    result = distance([actual], [reference])
    assert (result.cosine, result.relative) == (cosine, relative)


def test_refuses_shapes_that_differ():
    with pytest.raises(ValueError, match=r"\(2,\) with \(3,\)"):
        distance(np.zeros(2), np.zeros(3))
