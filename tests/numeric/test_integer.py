"""The integer format: range, containers, saturation."""

import numpy as np
import pytest
from amaranth.hdl import signed, unsigned

from attnforge.hdl.numeric import Int


@pytest.mark.parametrize("bits, container", [(2, 4), (4, 4), (5, 8), (8, 8), (9, 16), (17, 32), (33, 64), (64, 64)])
@pytest.mark.parametrize("sign", [True, False])
def test_range_and_container(bits, container, sign):
    form = Int(bits, sign)
    assert form.max - form.min == 2**bits - 1
    assert form.min == (-(2 ** (bits - 1)) if sign else 0)
    assert form.container_bits == container
    assert form.shape == (signed(bits) if sign else unsigned(bits))


def test_one_bit_is_unsigned():
    assert (Int(1, False).min, Int(1, False).max) == (0, 1)


@pytest.mark.parametrize("bits, sign", [(1, True), (0, False), (65, True), (-8, True), (8.0, True), ("8", False)])
def test_refusals(bits, sign):
    with pytest.raises(ValueError, match=rf"not {bits!r}$"):
        Int(bits, sign)


@pytest.mark.parametrize("bits, beat_bytes, elements", [(4, 1, 2), (3, 4, 8), (8, 4, 4), (12, 8, 4), (20, 8, 2)])
def test_elements_of_a_beat(bits, beat_bytes, elements):
    assert Int(bits).elements(beat_bytes) == elements


def test_saturate():
    values = np.array([-1000, -9, -8, 0, 7, 8, 1000])
    assert Int(4).saturate(values).tolist() == [-8, -8, -8, 0, 7, 7, 7]
    assert Int(4, False).saturate(values).tolist() == [0, 0, 0, 0, 7, 8, 15]
    assert Int(4).saturate([]).dtype == np.int64


@pytest.mark.parametrize("form", [Int(3), Int(3, False), Int(1, False), Int(63)])
def test_random_covers_the_range(form):
    values = form.random(np.random.default_rng(1), (20, 20))
    assert values.shape == (20, 20) and values.dtype == np.int64
    assert values.min() >= form.min and values.max() <= form.max
    if form.bits < 5:
        assert set(values.flat) == set(range(form.min, form.max + 1))


def test_formats_are_values():
    assert Int(8) == Int(8, True) and hash(Int(8)) == hash(Int(8, True))
    assert Int(8) != Int(8, False)
