"""Tensors to beats and back: containers, padding, order, refusals."""

import numpy as np
import pytest

from attnforge.hdl.contract.design import Segment
from attnforge.hdl.numeric import Int, pack, row_beats, unpack

FORMATS = [Int(bits) for bits in (2, 4, 5, 8, 12, 16, 24, 48)] + [Int(bits, signed=False) for bits in (1, 4, 8)]


@pytest.mark.parametrize("form, beat_bytes", [(form, size) for form in FORMATS for size in (1, 4, 8, 16)
                                              if form.elements(size)])
@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (2, 16), (4, 17)])
def test_round_trip(form, beat_bytes, shape):
    rng = np.random.default_rng(form.bits)
    segments = (Segment("a", shape, form), Segment("b", (2, 3), form))
    tensors = {segment.name: form.random(rng, segment.shape) for segment in segments}
    tensors["a"][0, 0], tensors["a"][-1, -1] = form.min, form.max
    beats = pack(segments, tensors, beat_bytes)
    assert beats.dtype == np.uint8
    assert beats.shape == (sum(s.shape[0] * row_beats(s, beat_bytes) for s in segments), beat_bytes)
    again = unpack(segments, beats)
    assert all((again[name] == tensors[name]).all() for name in tensors)


def test_bytes_in_order():
    """Rows start on new beats, little-endian, low nibble first, the rest is zero."""
    segments = (Segment("a", (2, 3), Int(4)), Segment("b", (1, 3), Int(12)), Segment("c", (1, 5), Int(8, False)))
    tensors = {"a": [[1, -1, 7], [-8, 2, 3]], "b": [[-2, 0x123, 5]], "c": [[1, 2, 3, 4, 255]]}
    beats = pack(segments, tensors, 4)
    assert beats.tolist() == [
        [0xF1, 0x07, 0, 0],
        [0x28, 0x03, 0, 0],
        [0xFE, 0xFF, 0x23, 0x01],
        [5, 0, 0, 0],
        [1, 2, 3, 4],
        [255, 0, 0, 0],
    ]


def test_padding_and_unused_bits_are_ignored():
    segments = (Segment("a", (2, 3), Int(5)),)
    values = {"a": [[1, -16, 15], [-1, 0, 3]]}
    beats = pack(segments, values, 4)
    beats[:, 3] = 0xAA
    beats[:, :3] ^= 0xE0  # the bits of the byte above the element's five
    assert unpack(segments, beats)["a"].tolist() == values["a"]


def test_nothing_to_pack():
    assert pack((), {}, 4).shape == (0, 4)
    assert unpack((), np.zeros((0, 4), np.uint8)) == {}


def test_a_wrong_shape_is_refused():
    with pytest.raises(ValueError, match=r"'a' must have the shape \(2, 3\), not \(3, 2\)"):
        pack((Segment("a", (2, 3), Int(8)),), {"a": np.zeros((3, 2), int)}, 4)


@pytest.mark.parametrize("value", [-129, 128])
def test_a_wrong_value_is_refused(value):
    with pytest.raises(ValueError, match=rf"'a' of shape \(1, 2\) must hold -128 to 127, not {value} \(1 of 2\)"):
        pack((Segment("a", (1, 2), Int(8)),), {"a": [[value, 0]]}, 4)


def test_a_wrong_number_of_beats_is_refused():
    with pytest.raises(ValueError, match=r"^3 beats .* take 2$"):
        unpack((Segment("a", (2, 3), Int(8)),), np.zeros((3, 4), np.uint8))
