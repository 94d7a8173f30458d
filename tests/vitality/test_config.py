"""What a core can be: ranges, derived widths, and sizes of one."""

import dataclasses
import math

import numpy as np
import pytest

from attnforge.hdl.vitality import DESIGN, PRESETS, Config
from attnforge.hdl.vitality.widths import DEFAULT_WIDTHS, SIZES, WIDTHS
from tests.bench.pysim import simulate
from tests.vitality.cores import jobs, random_config

RANGES = SIZES + WIDTHS
OUT_OF_RANGE = [(name, value) for name, low, high in RANGES for value in (low - 1, high + 1)]
NOT_WHOLE = [(name, value) for name, _, _ in RANGES for value in (4.0, "4", True, None)
             if value is not None or name not in DEFAULT_WIDTHS]


@pytest.mark.parametrize(("name", "value"), OUT_OF_RANGE + NOT_WHOLE)
def test_a_value_out_of_range_is_refused_and_named(name, value):
    low, high = next(each[1:] for each in RANGES if each[0] == name)
    with pytest.raises(ValueError) as refusal:
        Config(**{name: value})
    assert str(refusal.value) == f"{name} is a whole number from {low} to {high}, not {value!r}"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"beat_bytes": 3}, ("power of two", "not 3")),
        ({"beat_bytes": 255}, ("power of two", "not 255")),
        ({"key_sum": 1}, ("key_sum is true or false", "not 1")),
        ({"key_sum": "no"}, ("key_sum is true or false", "'no'")),
        ({"key_sum": False, "row_denominator": True}, ("row_denominator = true needs key_sum = true",)),
        ({"row_denominator": "yes"}, ("row_denominator is true or false", "'yes'")),
        ({"lossy": 1}, ("lossy is true or false", "not 1")),
        ({"key_sum": False}, ("key_sum = false needs lossy = true",)),
        ({"row_denominator": True}, ("row_denominator = true needs lossy = true",)),
        ({"g_bits": 10}, ("g_bits of 10 leaves results up to 4.9 LSB off", "raise g_bits", "lossy = true")),
        ({"denominator_bits": 15}, ("denominator_bits of 15", "raise denominator_bits or lower numerator_fraction")),
        ({"numerator_fraction_bits": 0}, ("numerator_fraction_bits of 0", "raise numerator_fraction_bits")),
        ({"multiplier_bits": 10}, ("multiplier_bits of 10", "raise multiplier_bits")),
        ({"bits": 9, "beat_bytes": 1}, ("beat_bytes of 1", "bits = 9")),
        ({"out_bits": 12, "beat_bytes": 1}, ("beat_bytes of 1", "out_bits = 12")),
        ({"columns": 4, "dividers": 3}, ("dividers", "1, 2, 4", "not 3")),
        ({"columns": 4, "dividers": 0}, ("dividers", "1, 2, 4", "not 0")),
        ({"columns": 4, "dividers": 8}, ("dividers", "1, 2, 4", "not 8")),
        ({"columns": 4, "dividers": -2}, ("dividers", "not -2")),
        ({"columns": 4, "dividers": "2"}, ("dividers", "not '2'")),
        ({"columns": 4, "dividers": True}, ("dividers", "not True")),
        ({"columns": 4, "dividers": 2.0}, ("dividers", "not 2.0")),
        ({"columns": 16, "dividers": 16, "beat_bytes": 8}, ("8 results in a beat", "not 16")),
    ],
)
def test_values_that_do_not_fit_together_are_refused_and_named(values, words):
    with pytest.raises(ValueError) as refusal:
        Config(**values)
    assert all(word in str(refusal.value) for word in words), refusal.value


@pytest.mark.parametrize(("name", "low", "high"), RANGES)
def test_both_ends_of_every_range_are_accepted(name, low, high):
    for value in (low, high):
        assert getattr(Config(**{name: value, "dividers": None, "lossy": True}), name) == value


@pytest.mark.parametrize(
    ("values", "dividers"),
    [
        ({}, 4),  # 16 columns while 4 tiles of features pass
        ({"max_head_dim": 16}, 8),  # one tile: all 16 would be needed, and a beat has 8 results
        ({"max_head_dim": 512}, 1),
        ({"rows": 64, "columns": 64, "beat_bytes": 128}, 64),
        ({"rows": 3, "columns": 7, "max_head_dim": 7}, 7),  # 3 tiles, but 7 is prime
        ({"columns": 1}, 1),
        ({"out_bits": 16, "max_head_dim": 16}, 4),
    ],
)
def test_dividers_are_the_fewest_that_keep_up(values, dividers):
    assert Config(**values).dividers == dividers


def test_a_chosen_number_of_dividers_stays():
    assert [Config(columns=12, dividers=n).dividers for n in (1, 2, 3, 4, 6)] == [1, 2, 3, 4, 6]


def test_widths_of_the_default_core_by_hand():
    """n = 257, d = 64, operands of 8 bits, no fraction bits of the mean, G of 12 bits, 16 rows."""
    config = Config()
    assert (config.operand.bits, config.result.bits, config.g.bits) == (8, 8, 12)
    assert config.key_mean.bits == 8
    assert config.centred_key.bits == 9  # -128 - 127 .. 127 + 128
    assert config.key_residue.bits == 9  # -128 .. 128
    assert config.column_sum_bits == 17  # 257 * 128 = 32896
    assert config.stationary.bits == 12
    assert config.sum_bits == 26  # 64 * 128 * 2048 = 2**24, with its sign; 257 * 255 * 128 is half of it
    assert config.partial_bits == 24  # 16 * 128 * 2048 = 2**22, with its sign
    assert config.diagonal_bits == 23  # 64 * 128 * 256 = 2**21 is the bound that is taken
    assert config.least_denominator == 1024  # 4 * 2**8; the narrowest G would do for 127 * 2**4 * 2**10 / (16 * 127)
    assert config.denominator_bits == 18  # 64 * 127 * 2**4 = 130048 < 2**17, and one more for half an LSB
    assert config.factor.bits == 16  # 11 fraction bits, below 16
    assert config.value_term_bits == 28  # four times 127 * 2**18
    assert (config.elements, config.result_elements, config.token_bits) == (8, 8, 9)


@pytest.mark.parametrize("seed", range(40))
def test_every_sum_fits_its_width(seed):
    """The largest magnitudes that operands of a random core can make."""
    rng = np.random.default_rng(seed)
    c = random_config(rng, *rng.integers(1, 129, 2).tolist(), int(rng.integers(2, 17)), 16, True, most=500)

    def fits(magnitude, bits):
        return magnitude <= (1 << bits - 1) - 1

    most = 1 << c.bits - 1
    spread = (2 * most - 1) << c.mean_fraction_bits
    residue = c.max_tokens // 2
    assert fits(spread, c.centred_key.bits) and fits(residue, c.key_residue.bits)
    assert fits(c.max_tokens * most, c.column_sum_bits)
    for terms, bits in ((c.rows, c.partial_bits), (max(c.max_tokens, c.max_head_dim), c.sum_bits)):
        assert fits(min(terms, c.max_tokens) * spread * most, bits)
        assert fits(min(terms, c.max_head_dim) * most * (1 << c.g_bits - 1), bits)
    assert fits(c.max_head_dim * most * residue, c.diagonal_bits)
    assert fits(min(c.rows, c.max_head_dim) * most * residue, c.diagonal_partial_bits)
    qg = c.max_head_dim * most * (1 << c.g_bits - 1) << c.numerator_fraction_bits
    assert fits(qg + (1 << c.value_term_bits - 1), c.numerator_bits)
    if c.corrects_terms:
        least = (c.factor.min << c.value_term_bits - 1 >> c.factor_fraction_bits)
        assert fits(-least - 1, c.row_term_bits) and fits(qg - least, c.numerator_bits)


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_say_all_of_themselves(preset):
    """A preset made again from its own values is the same core: no field is derived twice."""
    config = PRESETS[preset]
    assert Config(**dataclasses.asdict(config)) == config
    assert config.columns % config.dividers == 0
    assert config.dividers * math.ceil(config.max_head_dim / config.rows) >= min(
        config.columns, config.result_elements
    )


@pytest.mark.parametrize(
    "ones",
    [
        ("rows",),
        ("columns",),
        ("max_tokens",),
        ("max_head_dim",),
        ("max_value_dim",),
        ("beat_bytes",),
        ("dividers",),
        ("rows", "columns", "max_tokens", "max_head_dim", "max_value_dim", "beat_bytes", "dividers"),
    ],
    ids="-".join,
)
def test_sizes_of_one_work(ones):
    sizes = {"rows": 3, "columns": 2, "max_tokens": 7, "max_head_dim": 5, "max_value_dim": 6, "beat_bytes": 2}
    config = Config(**(sizes | dict.fromkeys(ones, 1)))
    steps = jobs(config, np.random.default_rng(len(ones)), 5)
    simulate(DESIGN, config, [(step.job, step.operands) for step in steps])
