"""Which cores can be built, and the widths that follow."""

import itertools

import pytest

from attnforge.hdl.ant import DESIGN, PRESETS, Config
from attnforge.hdl.ant.config import RANGES
from attnforge.hdl.numeric import Flint, Float, Int, Pot


@pytest.mark.parametrize("name, low, high", RANGES)
def test_values_out_of_range_are_refused_by_name_and_value(name, low, high):
    for value in (low - 1, high + 1, "8", 4.0, True):
        with pytest.raises(ValueError, match=f"{name} is a whole number from {low} to {high}, not {value!r}"):
            Config(**{name: value})


@pytest.mark.parametrize("fields, message", [
    ({"beat_bytes": 12}, "beat_bytes is a power of two, not 12"),
    ({"rows": 7}, "rows is even where eight_bits is true, not 7"),
    ({"columns": 1}, "columns is even where eight_bits is true, not 1"),
    ({"flint": 1}, "flint is true or false, not 1"),
    ({"pot": True, "dsp": True}, "dsp is false with pot or minifloat, and true or false without, not True"),
    ({"lanes": 3}, "lanes is one of 1, 2 for 16 columns and 2 wide results in a beat, not 3"),
    ({"columns": 2, "lanes": 2}, "lanes is one of 1 for 2 columns and 2 wide results in a beat, not 2"),
])
def test_what_can_not_work_is_refused_in_one_line(fields, message):
    with pytest.raises(ValueError) as error:
        Config(**fields)
    assert str(error.value) == message


def test_types_are_numbered_signed_first_then_bytes_then_wide():
    config = Config(pot=True, minifloat=True)
    codes = [kind(4, signed) for signed in (True, False) for kind in (Int, Flint, Pot, Float)]
    assert config.activations == (*codes, Int(8), Int(8, False))
    assert config.weights == (*codes[:4], Int(8))
    assert config.results == (*config.activations, Int(32))
    assert Config(flint=False, unsigned=False, eight_bits=False).activations == (Int(4),)


@pytest.mark.parametrize("fields, accumulator, total", [
    ({"flint": False, "unsigned": False, "eight_bits": False}, 64 * 1024, 64 * 1024),
    ({"unsigned": False, "eight_bits": False}, 256 * 1024, 256 * 1024),
    ({"eight_bits": False}, 1024 * 1024, 1024 * 1024),
    ({"unsigned": False}, 256 * 1024, 2**14 * 1024),
    ({}, 1024 * 1024, -255 * 128 * 1024),
    ({"pot": True}, 2**20 * 1024, -(2**14) * 128 * 1024),
])
def test_sums_are_as_wide_as_the_largest_ones_of_the_enabled_types(fields, accumulator, total):
    config = Config(max_k=1024, **fields)
    for bits, extreme in ((config.accumulator_bits, accumulator), (config.sum_bits, total)):
        assert -(2 ** (bits - 1)) <= extreme < 2 ** (bits - 1)
        assert not -(2 ** (bits - 2)) <= extreme < 2 ** (bits - 2)


def test_configs_of_all_types_can_be_made():
    for flags in itertools.product([False, True], repeat=5):
        config = Config(**dict(zip(("flint", "pot", "minifloat", "unsigned", "eight_bits"), flags, strict=True)))
        assert len(config.results) == len(set(config.results))
        assert DESIGN.resources(config)["processing_elements"] == 256


def test_the_paper_preset_has_4096_elements():
    config = PRESETS["paper"]
    assert config.rows * config.columns == 4096 and 8 * config.beat_bytes == 1024
