"""The error bound: what it allows, what it refuses, and 1,000 random cores that keep theirs."""

import math

import numpy as np
import pytest

from hdl.dense import DESIGN, PRESETS, Config
from hdl.dense.bound import MOST, bound, job_bound
from hdl.dense.job import Job
from hdl.dense.model import model
from hdl.dense.quantise import quantise_job
from sim.reference import softmax_attention
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
    """Scores from nearly equal to far apart; results from as large as V down to those that nearly cancel beside it."""
    queries, d, d_v = (int(rng.integers(1, most)) for most in (9, 17, 9))
    q, k = rng.normal(size=(queries, d)), rng.normal(size=(keys, d))
    if rng.random() < 0.3:
        k = rng.standard_t(3, size=(keys, d))
    q *= 2.0 ** rng.uniform(-3, 4) / max(np.std(q @ k.T / np.sqrt(d)), 0.1)
    v = (rng.normal(size=(keys, d_v)), rng.uniform(-1, 1, (keys, d_v)), rng.choice([-1.0, 1.0], (keys, d_v)),
         rng.normal(size=(keys, d_v)) + rng.normal(size=d_v))[rng.integers(4)]
    if rng.random() < 0.3:  # a feature of V is the largest value everywhere, and so is its result
        v = np.concatenate([v, np.full((keys, 1), np.abs(v).max())], axis=1)
    elif rng.random() < 0.3:  # an attention sink: a key of no value that takes most of the weight
        k[0], v[0] = 3 * q.mean(axis=0) / max(np.linalg.norm(q.mean(axis=0)), 1e-9), 0
    return {"q": q, "k": k, "v": v}


def test_the_bound_of_a_config_is_that_of_heads_whose_results_are_as_large_as_v():
    config = Config()
    job, *_ = quantise_job(config, {"q": np.eye(4), "k": np.eye(4), "v": np.ones((4, 4))})
    assert job_bound(config, job) == pytest.approx(bound(config), rel=1e-3)
    cancelling, *_ = quantise_job(config, {"q": 0 * np.eye(4), "k": np.eye(4), "v": np.array([[4.0, 1, 1, -2]]).T})
    assert job_bound(config, cancelling) == pytest.approx(0.5 + 4 * (bound(config) - 0.5), rel=1e-2)


@pytest.mark.parametrize("octaves", [9.2 / math.log(2), 13.05])
@pytest.mark.parametrize("sink", [0, -1])
def test_a_head_whose_weights_vanish_has_a_scale_of_its_exact_results(octaves, sink):
    """256 equal keys, so far below a sink that the core's weights of them may all be 0."""
    config, keys = Config(), np.zeros((257, 64))
    keys[0] = octaves * math.log(2) / 8
    tensors = {"q": np.ones((1, 64)), "k": keys, "v": np.r_[sink, np.ones(256)][:, None]}
    job, operands, scales = quantise_job(config, tensors)
    exact = softmax_attention(*(operands[name] * scales[name] for name in "qkv")).output
    assert np.abs(exact / scales["z"]).max() <= config.result.max * 1.01
    if sink == 0:
        assert job_bound(config, job) > 20


def test_jobs_without_a_scale_have_a_bound():
    assert job_bound(Config(), Job(queries=1)) == 0.5


@pytest.mark.parametrize("seed", range(10))
def test_a_thousand_random_cores_never_exceed_their_bound(seed):
    rng, nearest = rng_of(seed, 30), 0
    for _ in range(100):
        keys = int(2 ** rng.uniform(0, 10))
        config = Config(
            max_keys=keys, bits=int(rng.integers(4, 9)), out_bits=int(rng.integers(4, 9)), score_bits=18,
            score_fraction_bits=int(rng.integers(2, 9)), probability_bits=int(rng.integers(4, 18)),
            multiplier_bits=int(rng.integers(8, 18)), lossy=True,
        )
        job, operands, scales = quantise_job(config, random_head(rng, keys))
        exact = softmax_attention(*(operands[name] * scales[name] for name in "qkv")).output
        error = np.abs(model(config, job, operands)["z"] - exact / scales["z"]).max()
        assert error <= job_bound(config, job), (config, job)
        nearest = max(nearest, error / job_bound(config, job))
    assert nearest > 0.7  # it is not far above what happens
