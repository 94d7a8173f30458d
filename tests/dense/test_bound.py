"""The error bound: what it allows, what it refuses, and 1,000 random cores that keep theirs."""

import math

import numpy as np
import pytest

from attnforge.hdl.dense import DESIGN, PRESETS, Config
from attnforge.hdl.dense.bound import MOST, bound, job_bound
from attnforge.hdl.dense.job import Job
from attnforge.hdl.dense.model import model
from attnforge.hdl.dense.quantise import quantise_job
from attnforge.sim.reference import softmax_attention
from tests.dense.cores import rng_of


def test_presets_are_within_the_limit():
    assert DESIGN.bound is bound
    for config in PRESETS.values():
        assert config.probability_bits == 12 and 1 < DESIGN.bound(config) <= MOST


@pytest.mark.parametrize("keys, bits", [(1, 12), (512, 12), (640, 13), (1024, 13), (2048, 14), (4096, 15), (8192, 16),
                                        (16384, 17)])
def test_a_core_for_more_keys_gets_more_bits_by_itself(keys, bits):
    """As few as keep the bound: one less breaks it, where that is not the least that is taken."""
    config = Config(max_keys=keys)
    assert config.probability_bits == bits and bound(config) <= MOST and not config.lossy
    if bits > 12:
        with pytest.raises(ValueError, match="or set lossy = true"):
            Config(max_keys=keys, probability_bits=bits - 1)


def test_the_bound_falls_with_every_width_and_rises_with_the_keys():
    wide = {"probability_bits": (6, 8, 10, 12, 14), "score_fraction_bits": (2, 3, 4, 5, 6)}
    for name, values in wide.items():
        found = [bound(Config(max_keys=64, **{name: value}, lossy=True)) for value in values]
        assert sorted(found, reverse=True) == found and len(set(found)) == len(found)
    found = [bound(Config(max_keys=keys, probability_bits=12, lossy=True)) for keys in (64, 512, 2048, 16384)]
    assert sorted(found) == found
    assert bound(Config(out_bits=4)) < 0.6


def random_head(rng, keys):
    """Scores from nearly equal to far apart; a feature of V is the largest value everywhere, and so is its result."""
    queries, d, d_v = (int(rng.integers(1, most)) for most in (9, 17, 9))
    q, k = rng.normal(size=(queries, d)), rng.normal(size=(keys, d))
    if rng.random() < 0.3:
        k = rng.standard_t(3, size=(keys, d))
    q *= 2.0 ** rng.uniform(-3, 4) / max(np.std(q @ k.T / np.sqrt(d)), 0.1)
    v = (rng.normal(size=(keys, d_v)), rng.uniform(-1, 1, (keys, d_v)), rng.choice([-1.0, 1.0], (keys, d_v)),
         rng.normal(size=(keys, d_v)) + rng.normal(size=d_v))[rng.integers(4)]
    return {"q": q, "k": k, "v": np.concatenate([v, np.full((keys, 1), np.abs(v).max())], axis=1)}


def random_widths(rng, keys):
    return Config(
        max_keys=keys, bits=int(rng.integers(4, 9)), out_bits=int(rng.integers(4, 9)), score_bits=18,
        score_fraction_bits=int(rng.integers(2, 9)), probability_bits=int(rng.integers(4, 18)),
        multiplier_bits=int(rng.integers(8, 18)), lossy=True,
    )


def measured(config, tensors):
    """The job; in LSBs of the results, the largest distance from exact attention and the largest exact result."""
    job, operands, scales = quantise_job(config, tensors)
    exact = softmax_attention(*(operands[name] * scales[name] for name in "qkv")).output / scales["z"]
    return job, np.abs(model(config, job, operands)["z"] - exact).max(), np.abs(exact).max()


@pytest.mark.parametrize("seed", range(10))
def test_a_thousand_random_cores_never_exceed_their_bound(seed):
    rng, nearest = rng_of(seed, 30), 0
    for _ in range(100):
        keys = int(2 ** rng.uniform(0, 10))
        config = random_widths(rng, keys)
        job, error, _ = measured(config, random_head(rng, keys))
        assert error <= bound(config), (config, job)
        nearest = max(nearest, error / bound(config))
    assert nearest > 0.7  # it is not far above what happens


def sink(rng, keys):
    """A key that takes most of the weight, and others some octaves below, equal or spread, whose values may cancel."""
    octaves, spread = rng.uniform(1, 16), rng.choice([0, 0, 0.02, 0.1, 0.5])
    k = np.zeros((keys, 4))
    k[1:] = rng.normal(size=(keys - 1, 4)) * spread / octaves
    k[0] = 1
    v = np.where(rng.random((keys, 3)) < [0.5, 0.9, 1], 1.0, -1.0)
    v[0] = rng.choice([-1.0, 0.0, 1.0])
    return {"q": np.full((1, 4), octaves * math.log(2) / 2), "k": k, "v": v}


@pytest.mark.parametrize("seed", range(10))
def test_no_head_exceeds_the_bound_of_its_job(seed):
    """Sinks, equal keys, results that cancel: what the bound of a config takes for granted does not hold here."""
    rng, nearest, beyond = rng_of(seed, 31), 0, 0
    for case in range(200):
        keys = int(2 ** rng.uniform(1, 10))
        config = random_widths(rng, keys)
        head = sink(rng, keys) if case % 2 else random_head(rng, keys)
        if not case % 4:
            head["v"] = head["v"][:, :-1]  # without the feature whose results are as large as V
        job, error, largest = measured(config, head)
        assert error <= job_bound(config, job), (config, job)
        assert largest <= config.result.max * (1 + 2.0**-config.multiplier_bits * 2)
        nearest, beyond = max(nearest, error / job_bound(config, job)), beyond + (error > bound(config))
    assert nearest > 0.6 and beyond


@pytest.mark.parametrize("octaves", [13.05, 13.27])
def test_a_head_whose_weights_all_vanish_keeps_the_scale_of_its_exact_results(octaves):
    """The core's weights of 256 keys are 0, and only the sink's is not: all results are 0, and the bound says so."""
    k = np.zeros((257, 64))
    k[0] = octaves * math.log(2) / 8
    config = Config()
    job, error, largest = measured(config, {"q": np.ones((1, 64)), "k": k, "v": np.r_[0.0, np.ones(256)][:, None]})
    assert error == pytest.approx(largest) and largest == pytest.approx(config.result.max, rel=1e-3)
    assert error <= job_bound(config, job)


def test_equal_keys_come_near_the_bound_of_their_job():
    """511 keys just below half a unit lose all their weight, and the result that they would have moved stays."""
    k = np.zeros((512, 64))
    k[0] = 13.01 * math.log(2) / 8
    config = Config()
    job, error, _ = measured(config, {"q": np.ones((1, 64)), "k": k, "v": np.r_[-1.0, np.ones(511)][:, None]})
    assert bound(config) < 14 < error <= job_bound(config, job) < 26


def test_a_job_without_a_scale_has_a_bound():
    assert job_bound(Config(), Job(queries=1)) == 0.5
