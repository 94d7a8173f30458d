"""The length of frames follows the line."""

import random

import pytest

from fpga.frame_length import FrameLength


def test_it_begins_with_the_buffer_and_stays_there_on_a_clean_line():
    length = FrameLength(252, 8)
    for _ in range(10):
        assert int(length) == 248
        length.learn(0)


def test_it_is_halved_by_each_damage_down_to_a_beat_and_comes_back():
    length = FrameLength(252, 4)
    length.learn(1)
    assert int(length) == 124
    length.learn(2)
    assert int(length) == 28
    length.learn(50)
    assert int(length) == 4
    lengths = []
    for _ in range(9):
        length.learn(0)
        lengths.append(int(length))
    assert lengths == sorted(lengths) and lengths[0] > 4 and lengths[-1] == 252


@pytest.mark.parametrize("unit", [1, 4, 32, 128])
def test_it_is_always_whole_beats(unit):
    length, rng = FrameLength(252, unit), random.Random(unit)
    for _ in range(300):
        length.learn(rng.choice((0, 0, 0, 1, 2)))
        assert unit <= int(length) <= 252 and int(length) % unit == 0
