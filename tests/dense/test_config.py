"""Which cores can be built, and the widths that follow."""

import dataclasses

import pytest

from attnforge.hdl.dense.config import PRESETS, RANGES, Config
from attnforge.hdl.dense.geometry import Geometry
from tests.dense.cores import random_config, rng_of

ROOM = {"score_bits": 18, "score_fraction_bits": 2, "lanes": None, "lossy": True}
"""Fields whose values are in nobody's way."""


def with_value(name, value):
    """A core with this value, as small as possible elsewhere."""
    square = {"rows": value, "columns": value} if name in ("rows", "columns") else {name: value}
    return Config(**ROOM | square)


@pytest.mark.parametrize("name, low, high", RANGES)
def test_values_out_of_range_are_refused_by_name_and_value(name, low, high):
    for value in (low - 1, high + 1, "8", 4.0, True, None):
        if name == "probability_bits" and value is None:
            continue  # derived
        with pytest.raises(ValueError) as error:
            Config(**{name: value})
        assert str(error.value) == f"{name} is a whole number from {low} to {high}, not {value!r}"


@pytest.mark.parametrize("name, low, high", RANGES)
def test_both_ends_of_every_range_are_accepted(name, low, high):
    for value in (low, high):
        assert getattr(with_value(name, value), name) == value


@pytest.mark.parametrize("fields, message", [
    ({"columns": 8}, "columns is 16, as many as rows, not 8"),
    ({"beat_bytes": 12}, "beat_bytes is a power of two, not 12"),
    ({"serial": 1}, "serial is true or false, not 1"),
    ({"lossy": 1}, "lossy is true or false, not 1"),
    ({"probability_bits": 8}, "probability_bits of 8 leaves results up to 25.3 LSB off, and 2 are allowed: "
                              "raise probability_bits or lower max_keys, or set lossy = true"),
    ({"max_keys": 8192, "probability_bits": 12},
     "probability_bits of 12 leaves results up to 19.1 LSB off, and 2 are allowed: raise probability_bits or lower "
     "max_keys, or set lossy = true"),
    ({"score_fraction_bits": 4}, "score_fraction_bits of 4 leaves results up to 3.3 LSB off, and 2 are allowed: "
                                 "raise score_fraction_bits, or set lossy = true"),
    ({"score_bits": 9}, "score_bits is at least 11 with 6 fraction bits, not 9"),
    ({"score_bits": 12, "score_fraction_bits": 8}, "score_bits is at least 13 with 8 fraction bits, not 12"),
    ({"lanes": 3}, "lanes is one of 1, 2, 4, 8 for 16 columns and 8 results in a beat, not 3"),
    ({"lanes": 16}, "lanes is one of 1, 2, 4, 8 for 16 columns and 8 results in a beat, not 16"),
    ({"lanes": True}, "lanes is one of 1, 2, 4, 8 for 16 columns and 8 results in a beat, not True"),
    ({"rows": 12, "columns": 12, "lanes": 8}, "lanes is one of 1, 2, 4 for 12 columns and 8 results in a beat, not 8"),
])
def test_what_can_not_work_is_refused_in_one_line(fields, message):
    with pytest.raises(ValueError) as error:
        Config(**fields)
    assert str(error.value) == message


@pytest.mark.parametrize("size, beat_bytes, lanes", [(16, 8, 4), (8, 4, 1), (1, 4, 1), (32, 16, 16), (7, 8, 1),
                                                     (128, 8, 8), (12, 8, 4)])
def test_lanes_are_the_fewest_that_keep_up_where_64_terms_make_a_sum(size, beat_bytes, lanes):
    assert Config(rows=size, columns=size, beat_bytes=beat_bytes).lanes == lanes


def test_widths_of_the_default_core_by_hand():
    """512 keys, d = d_v = 64, linear layers of 384 x 384, probabilities of 12 bits, 16 rows."""
    config = Config()
    assert (config.operand.bits, config.result.bits, config.score.bits) == (8, 8, 16)
    assert config.moving.bits == 13  # a probability up to 4095, and a sign
    assert config.raw_score_bits == 22  # 64 * 128 * 128 = 2**20
    assert config.partial_bits == 24  # 16 * 128 * 4095 = 8386560 < 2**23
    assert config.sum_bits == 29  # 512 * 128 * 4095 = 268369920 < 2**28
    assert config.row_sum_bits == 21  # 512 * 4095 = 2096640 < 2**21
    assert config.channel_scale.bias_bits == 29
    assert (config.scale_bits, config.scale_shift_bits) == (17, 7)
    assert (config.elements, config.result_elements, config.block_rows, config.most_rows) == (8, 8, 16, 31)


@pytest.mark.parametrize("seed", range(40))
def test_every_sum_fits_its_width_and_one_bit_less_does_not_hold_all(seed):
    """The largest magnitudes that operands and probabilities of a random core can make."""
    rng = rng_of(seed)
    c = random_config(rng, int(rng.integers(1, 129)), 8, most=500)
    operand, probability = 1 << c.bits - 1, (1 << c.probability_bits) - 1
    score, value = c.max_head_dim * operand**2, c.max_keys * operand * probability
    linear = c.max_depth * operand**2
    one_pass = c.rows * operand * max(operand, probability)
    for most, bits in ((score, c.raw_score_bits), (one_pass, c.partial_bits),
                       (max(score, value, linear, one_pass), c.sum_bits)):
        assert most < 1 << bits - 1 and not most < 1 << bits - 2
    assert c.max_keys * probability < 1 << c.row_sum_bits <= 2 * c.max_keys * probability
    assert c.moving.min <= -operand and max(operand, probability) - 1 <= c.moving.max


@pytest.mark.parametrize("name", PRESETS)
def test_presets_say_all_of_themselves(name):
    """A preset made again from its own values is the same core: no field is derived twice."""
    config = PRESETS[name]
    assert Config(**dataclasses.asdict(config)) == config


@pytest.mark.parametrize("seed", range(20))
def test_every_word_of_every_tensor_has_its_place(seed):
    """Strides hold the longest rows, and banks the largest tensors."""
    rng = rng_of(seed)
    c = random_config(rng, int(rng.integers(1, 20)), 8, most=90)
    g = Geometry(c)
    assert g.key_tiles * c.columns >= c.max_keys > (g.key_tiles - 1) * c.columns
    assert g.query_tiles * c.rows >= c.max_head_dim and g.depth_tiles * c.rows >= c.max_depth
    assert g.value_tiles * c.columns >= c.max_value_dim and g.channel_tiles * c.columns >= c.max_channels
    assert g.key_groups * c.elements >= c.max_head_dim and g.channel_groups * c.lanes >= c.max_channels
    assert g.value_depth >= max(c.max_keys * g.value_tiles, c.max_depth * g.channel_tiles)
    assert g.score_depth == c.most_rows * g.key_tiles and 1 << g.index_bits >= c.most_rows
    assert c.max_queries * max(c.max_keys * (c.max_head_dim + c.max_value_dim), c.max_depth * c.max_channels) < \
        1 << g.macs_bits
