"""The closed bound on the error, what it takes for granted, and the widths that follow, on heads of all kinds."""

import dataclasses
import math

import numpy as np
import pytest

from attnforge.hdl.vitality import DESIGN, PRESETS, Config
from attnforge.hdl.vitality.bound import MOST, bound
from attnforge.hdl.vitality.job import job_constants, quantise_head
from attnforge.hdl.vitality.model import model
from attnforge.sim.data import DINOV2_HEADS, load_heads
from tests.vitality.heads import constructed, errors, pieces
from tests.vitality.widths import WIDTHS, config_of, measure, summary

ROUNDING = 1e-6  # of the float reference, in LSBs


def random_widths(rng):
    """Config of random widths, each around its default or anywhere; most are lossy."""
    base = Config(bits=int(rng.integers(2, 17)), out_bits=int(rng.integers(2, 17)), lossy=True,
                  max_head_dim=int(rng.integers(1, 65)))
    ranges = {"mean_fraction_bits": (0, 8), "g_bits": (4, 20), "numerator_fraction_bits": (0, 16),
              "denominator_bits": (8, 32), "multiplier_bits": (8, 24)}
    widths = {}
    for name, (low, high) in ranges.items():
        around = int(np.clip(getattr(base, name) + rng.integers(-2, 3), low, high))
        widths[name] = (getattr(base, name), around, int(rng.integers(low, high + 1)))[rng.integers(3)]
    return dataclasses.replace(base, **widths)


def random_head(config, rng):
    """Floats of any spread: offsets, outliers, sparse or constant tensors, scores from tiny to huge."""
    n = int(np.exp(rng.uniform(0, np.log(200))))
    d, d_v = (int(rng.integers(1, most, endpoint=True)) for most in (config.max_head_dim, 24))
    head = {}
    for name, columns in (("q", d), ("k", d), ("v", d_v)):
        values = rng.normal(size=(n, columns)) ** rng.choice([1, 1, 3])
        values = values * (rng.random(values.shape) < rng.choice([0.1, 1, 1, 1]))
        head[name] = rng.choice([0, 1, 1]) * values + rng.choice([0, 1, 5]) * rng.normal(size=columns)
    head["q"] = head["q"] * 10.0 ** rng.uniform(-4, 3)
    return head


def test_no_random_head_on_1000_random_configs_exceeds_the_bound():
    """Of any widths, lossy ones too; and the bound is not idle: some come within half of it."""
    rng = np.random.default_rng(5)
    shares = []
    for _ in range(1000):
        config = random_widths(rng)
        if rng.random() < 0.5:
            head = random_head(config, rng)
        else:
            head = next(constructed(config, int(rng.integers(1 << 30)), 1, tokens=100))
            head = {name: tensor[:, : config.max_head_dim] for name, tensor in head.items()}
        found = errors(config, head)[0].max()
        assert found <= bound(config) + ROUNDING, (config, found, bound(config))
        shares.append(found / bound(config))
    assert max(shares) > 0.5


@pytest.mark.parametrize("bits", range(4, 17))
def test_default_widths_keep_the_bound(bits):
    for out_bits in range(min(8, bits), max(8, bits) + 1):
        for features in (1, 64, 512):
            config = Config(bits=bits, out_bits=out_bits, max_head_dim=features)
            assert bound(config) <= MOST and not config.lossy
            assert config.moving.bits <= bits + 2


def test_presets_keep_the_bound_or_say_that_they_are_lossy():
    bounds = {name: bound(preset) for name, preset in PRESETS.items()}
    assert {name for name, value in bounds.items() if value > MOST} == {"icebreaker"}
    assert [name for name, preset in PRESETS.items() if preset.lossy] == ["icebreaker"]
    assert DESIGN.bound(PRESETS["tiny"]) == bounds["tiny"]


def test_what_does_not_correct_the_terms_has_no_bound():
    for values in ({"key_sum": False}, {"row_denominator": True}):
        assert bound(Config(**values, lossy=True)) == math.inf


# Widths on heads ------------------------------------------------------------------------------------------------------
def assert_near(found, what):
    within, worst = found
    text = f"{what}: {within:.4%} within one LSB, largest difference {worst:.2f} LSB"
    assert within >= 0.999 and worst <= 2, text


@pytest.mark.parametrize(("bits", "out_bits"), WIDTHS)
def test_default_widths_on_pieces_and_on_constructed_heads(bits, out_bits):
    for what, found in zip(("pieces", "constructed"), measure(config_of(bits, out_bits), 40, 20, seed=3, tokens=1024),
                           strict=True):
        assert_near(found, what)


@pytest.mark.slow
@pytest.mark.parametrize(("bits", "out_bits"), WIDTHS)
def test_default_widths_on_500_pieces_and_on_200_constructed_heads(bits, out_bits):
    for what, found in zip(("pieces", "constructed"), measure(config_of(bits, out_bits)), strict=True):
        assert_near(found, what)


OLD = {"mean_fraction_bits": 4, "g_bits": 12, "numerator_fraction_bits": 8, "denominator_bits": 24,
       "multiplier_bits": 16, "row_denominator": True, "lossy": True}


@pytest.mark.parametrize("bits", [4, 8, 16])
def test_the_paper_s_row_denominator_fails_on_them(bits):
    """Division by n sqrt(d) + Q ksum^T divides the rounding of kbar too; with the widths that were the default."""
    config = config_of(bits, bits, **OLD)
    within, worst = summary(config, constructed(config, 3, 20, 1024))
    assert within < 0.999 and worst > 2


@pytest.mark.parametrize("values", [{"row_denominator": True}, {"key_sum": False}])
def test_without_the_correction_a_coarse_mean_shows_on_real_heads(values):
    """The rows' factor is what a mean without fraction bits needs."""
    config = Config(mean_fraction_bits=0, lossy=True, **values)
    within, worst = summary(config, pieces(3, 40))
    assert worst > 2
    assert within < 0.999


# Range ----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("photograph", DINOV2_HEADS)
@pytest.mark.parametrize(("bits", "out_bits"), WIDTHS)
def test_results_of_real_heads_use_their_whole_range(photograph, bits, out_bits):
    """The largest result is the format's largest, within rounding: no bit is given away."""
    config = Config(bits=bits, out_bits=out_bits)
    for head in load_heads(photograph)[::4]:
        job, operands, _ = quantise_head(config, head.tensors)
        peak = np.abs(model(config, job, operands)["z"]).max()
        assert config.result.max - 1 <= peak <= config.result.max + 1, (head.layer, head.head)


def test_results_of_pieces_use_their_whole_range():
    """All but a few: of those the terms cancel each other further than the bound allows."""
    peaks = np.array([errors(Config(), head)[1] for head in pieces(4, 100)])
    assert np.mean(peaks >= 0.99) >= 0.98 and peaks.min() > 0.5


@pytest.mark.parametrize("multiplier_bits", range(8, 18))
@pytest.mark.parametrize("moved", [15.9, 15.999, 16.0, 16.5, 16.9])
def test_what_is_taken_from_the_factor_may_be_larger_than_the_factor_itself(multiplier_bits, moved):
    """1 - x is the factor, and fits up to 16 in size; x is then up to 17, and has to fit too."""
    config = Config(multiplier_bits=multiplier_bits, lossy=True)
    operands = {"q": np.array([[-1], [-1]]), "k": np.array([[0], [1]]), "v": np.array([[3], [5]])}
    job = job_constants(config, operands, 2 * moved, 1.0)  # kbar is 1 in place of 1/2: Q ksum^T = 1
    scale = job.key_sum_multiplier * 2.0 ** (config.factor_offset - job.key_sum_shift - config.factor_fraction_bits)
    assert scale == pytest.approx(moved, rel=2.0**-multiplier_bits)
    assert job.factor_base == 1 << config.factor_fraction_bits  # one row's factor is 1 - x, below 16 in size
