"""The length of frames follows the line."""

import random

import pytest

from attnforge.fpga.host.frame_length import FIRST, FrameLength


def test_on_a_clean_line_it_soon_fills_the_buffer_and_stays_there():
    length = FrameLength(1020, 8)
    assert int(length) == FIRST
    lengths = []
    for _ in range(25):
        length.learn(0)
        lengths.append(int(length))
    assert lengths == sorted(lengths) and lengths[20:] == [1016] * 5


def test_it_gets_shorter_with_every_try_in_vain_down_to_a_beat():
    length = FrameLength(252, 4)
    length.learn(1)
    assert int(length) == FIRST * 3 // 4
    length.learn(2)
    assert int(length) == FIRST * 27 // 64 // 4 * 4
    length.learn(50)
    assert int(length) == 4
    length.learn(0)
    assert int(length) == 8


@pytest.mark.parametrize("unit", [1, 4, 32, 128, 256])
def test_it_is_always_whole_beats(unit):
    length, rng = FrameLength(600, unit), random.Random(unit)
    for _ in range(300):
        length.learn(rng.choice((0, 0, 0, 1, 2)))
        assert unit <= int(length) <= 600 and int(length) % unit == 0


@pytest.mark.parametrize("rate", [0.0002, 0.001, 0.002, 0.005])
def test_it_settles_near_the_length_that_passes_most(rate):
    """On a line that damages each byte with a constant chance, against the best constant length."""
    overhead = 26  # bytes of flags, headers and CRCs of request and answer

    def chance(payload):
        return (1 - rate) ** (payload + overhead)

    best = max(payload / (payload + overhead) * chance(payload) for payload in range(1, 1021))
    length, rng = FrameLength(1020, 1), random.Random(1)
    passed = spent = 0
    for _ in range(6000):
        payload, damages = int(length), 0
        while rng.random() >= chance(payload):
            damages += 1
        length.learn(damages)
        passed += payload
        spent += (damages + 1) * (payload + overhead)
    assert 0.8 * best < passed / spent < best
