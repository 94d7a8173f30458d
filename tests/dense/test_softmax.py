"""How near the integer model is to softmax attention in float64, and how near with other widths.

``pytest -s tests/dense/test_softmax.py`` prints the figures that hdl/dense/README.md quotes.
"""

import numpy as np
import pytest

from attnforge.hdl.dense.bound import bound
from attnforge.hdl.dense.config import Config
from attnforge.hdl.dense.model import model
from attnforge.hdl.dense.quantise import quantise_job
from attnforge.sim.data import load_gemms, load_heads
from attnforge.sim.reference import attention_mask, distance, softmax_attention
from attnforge.sim.reference.gemm import quantised_product
from tests.dense.cores import rng_of

HEADS = load_heads()
GEMMS = {gemm.name: gemm for gemm in load_gemms()}


def tensors(rng, queries=50, keys=50, head_dim=16, value_dim=12, **scales):
    """A head of floats; keys have an offset, as trained ones do."""
    shapes = {"q": (queries, head_dim), "k": (keys, head_dim), "v": (keys, value_dim)}
    head = {name: rng.normal(size=shape) * scales.get(name, 1) for name, shape in shapes.items()}
    return head | {"k": head["k"] + 2 * rng.normal(size=head_dim)}


def to_reference(config, head, **mask):
    """Distance of the model's results from softmax of the same integer operands, in LSBs of the results."""
    job, operands, scales = quantise_job(config, head, **mask)
    seen = attention_mask(job.queries, job.keys, first_key=job.first_key, key_limit=job.key_limit,
                          causal_offset=job.causal_offset if job.causal else None)
    reference = softmax_attention(*(operands[name] * scales[name] for name in "qkv"), mask=seen)
    return distance(model(config, job, operands)["z"] * scales["z"], reference.output, lsb=scales["z"])


def summary(config, **mask):
    """All 18 heads: least and mean cosine, largest difference, share of results within one LSB."""
    found = [to_reference(config, head.tensors, **mask) for head in HEADS]
    assert len(found) == 18
    return (min(d.cosine for d in found), float(np.mean([d.cosine for d in found])), max(d.max_lsb for d in found),
            float(np.mean([d.within_one for d in found])))


# Real heads -----------------------------------------------------------------------------------------------------------
def test_every_one_of_18_real_heads_has_a_cosine_of_at_least_0999_with_float64_softmax():
    worst, mean, difference, within = summary(Config())
    print(f"\n18 heads: cosine worst {worst:.5f}, mean {mean:.5f}; {within:.3%} of the results within one LSB, "
          f"largest difference {difference:.2f} LSB")
    assert worst >= 0.999
    assert within >= 0.999 and difference <= 2


@pytest.mark.parametrize("mask", [{"causal": 1}, {"first_key": 1}, {"key_limit": 100},
                                  {"causal": 1, "causal_offset": 40, "first_key": 3, "key_limit": 200}], ids=str)
def test_real_heads_with_masks_are_as_near(mask):
    worst, mean, difference, within = summary(Config(), **mask)
    print(f"\n{mask}: cosine worst {worst:.5f}, mean {mean:.5f}, largest difference {difference:.2f} LSB")
    assert worst >= 0.999 and within >= 0.999 and difference <= 2


WIDTHS = {
    # probability_bits, score_fraction_bits: least cosine, mean cosine, largest difference in LSB, within one LSB
    (8, 4): (0.9970, 0.99964, 23.2, 0.951),
    (8, 5): (0.9971, 0.99965, 23.2, 0.954),
    (8, 6): (0.9971, 0.99966, 23.2, 0.954),
    (10, 4): (0.9997, 0.99990, 6.3, 0.993),
    (10, 5): (0.9997, 0.99991, 5.7, 0.994),
    (10, 6): (0.9997, 0.99991, 5.7, 0.994),
    (12, 4): (0.9998, 0.99992, 1.9, 0.999),
    (12, 5): (0.9998, 0.99993, 1.4, 1.000),
    (12, 6): (0.9998, 0.99993, 1.3, 1.000),
}


@pytest.mark.parametrize("bits, fraction", WIDTHS)
def test_other_widths_give_the_figures_of_the_readme(bits, fraction):
    config = Config(probability_bits=bits, score_fraction_bits=fraction, lossy=True)
    worst, mean, difference, within = summary(config)
    print(f"\n| {bits} | {fraction} | {worst:.4f} | {mean:.5f} | {difference:.1f} | {within:.1%} |")
    assert (round(worst, 4), round(mean, 5), round(difference, 1), round(within, 3)) == WIDTHS[bits, fraction]
    assert difference <= bound(config)


def test_results_of_8_bits_cost_more_than_exponentials_of_12():
    """What rounding the exact results would leave: the rest of the distance is the approximation's."""
    cosines = []
    for head in HEADS:
        _, operands, scales = quantise_job(Config(), head.tensors)
        exact = softmax_attention(*(operands[name] * scales[name] for name in "qkv")).output
        rounded = np.floor(exact / scales["z"] + 0.5) * scales["z"]
        cosines.append(distance(rounded, exact).cosine)
    print(f"\nexact softmax rounded to 8 bits: cosine worst {min(cosines):.5f}, mean {np.mean(cosines):.5f}")
    worst, mean, *_ = summary(Config())
    assert 1 - worst < 2 * (1 - min(cosines)) and 1 - mean < 2 * (1 - np.mean(cosines))


# Any head -------------------------------------------------------------------------------------------------------------
def assert_rounding_alone(config, head):
    """No result is further from softmax than roundings of a score, an exponential, a multiplier and a result go.

    With w' = w (1 + a) + b for the weight w of a key, results move by the sum of (w a + b) (v - z) over that of w',
    since the sum of w (v - z) is 0.
    """
    job, operands, scales = quantise_job(config, head)
    reference = softmax_attention(*(operands[name] * scales[name] for name in "qkv"))
    score, z = reference.score * np.log2(np.e), reference.output
    peak = (1 << config.probability_bits) - 1
    a = np.log(2) * (0.5 / 2**config.score_fraction_bits + np.abs(score).max() * 2.0**-config.multiplier_bits)
    weight = peak * 2.0 ** (score - score.max(axis=1, keepdims=True))
    b = 0.75
    spread = np.abs(operands["v"] * scales["v"] - z[:, np.newaxis])  # queries, keys, features
    moved = np.einsum("qk,qkf->qf", weight * a + b, spread)
    moved /= (weight * (1 - a) - np.minimum(b, weight)).sum(axis=1, keepdims=True)
    found = model(config, job, operands)["z"]
    bound = 1.02 * moved / scales["z"] + 0.5 + 0.02
    assert np.abs(found).max() >= config.result.max - 1
    assert (np.abs(found - z / scales["z"]) <= bound).all()


@pytest.mark.parametrize("shape", [(1, 512, 64, 64), (2, 4, 1, 3), (257, 3, 1, 1), (3, 500, 64, 1), (40, 197, 64, 64)])
@pytest.mark.parametrize("scale", [1e-4, 1e-2, 1.0, 4.0])
def test_heads_of_any_shape_and_spread_are_as_near_as_their_roundings(shape, scale):
    """From scores that are all alike, where results are far smaller than values, to scores of several dozens."""
    assert_rounding_alone(Config(), tensors(rng_of(*shape), *shape, q=scale))


@pytest.mark.parametrize("bits, fraction, score_bits", [(8, 2, 10), (10, 4, 14), (16, 6, 18), (14, 8, 18)])
def test_heads_on_cores_of_other_widths_are_as_near_as_their_roundings(bits, fraction, score_bits):
    config = Config(probability_bits=bits, score_fraction_bits=fraction, score_bits=score_bits, lossy=True)
    assert_rounding_alone(config, tensors(rng_of(bits), 30, 60))


def test_thousands_of_keys_are_as_near_as_their_roundings():
    """Two queries over 16,384 keys of nearly equal scores, and of some that stand out."""
    for scale in (0.01, 1.0):
        assert_rounding_alone(Config(max_keys=16384), tensors(rng_of(4), 2, 16384, 16, 8, q=scale))


@pytest.mark.parametrize("zeros", ["q", "k", "v", "qk", "qkv"])
def test_tensors_of_zeros(zeros):
    """Without scores every result is the mean of the values; zero values give zeros."""
    head = {name: tensor * (name not in zeros) for name, tensor in tensors(rng_of(6)).items()}
    job, operands, scales = quantise_job(Config(), head)
    result = model(Config(), job, operands)["z"] * scales["z"]
    wanted = np.tile((operands["v"] * scales["v"]).mean(axis=0), (50, 1))
    np.testing.assert_allclose(result, wanted, atol=scales["z"] if "v" not in zeros else 0)


# Linear layers --------------------------------------------------------------------------------------------------------
def layer(name, bias=None):
    gemm = GEMMS[name]
    found = {"x": gemm.a, "w": gemm.w}
    return found if bias is None else found | {"bias": bias * rng_of(8).normal(size=found["w"].shape[1])}


@pytest.mark.parametrize("bias", [None, 0.5])
@pytest.mark.parametrize("name", ["q", "fc2"])
def test_real_layers_are_the_float_product_rounded_once(name, bias):
    """No result is off by two steps, and few by one, which the multipliers' 16 bits leave."""
    config = Config(max_depth=1536)
    job, operands, scales = quantise_job(config, layer(name, bias))
    grid = np.arange(config.result.min, config.result.max + 1)
    added = operands["parameters"][:, 2] * scales["x"] * scales["w"]
    wanted = quantised_product(operands["x"], operands["w"], a_scale=scales["x"], w_scales=scales["w"],
                               result_scale=scales["y"], grid=grid, bias=added)
    difference = np.abs(model(config, job, operands)["y"] - wanted)
    assert difference.max() <= 1 and np.mean(difference > 0) < 0.001
    assert np.abs(wanted).max() == 127


@pytest.mark.parametrize("name, bias", [("q", None), ("q", 0.5), ("fc2", None)])
def test_real_layers_are_near_the_product_of_the_floats(name, bias):
    """Three tensors of 8 bits."""
    found = layer(name, bias)
    job, operands, scales = quantise_job(Config(max_depth=1536), found)
    wanted = found["x"] @ found["w"] + found.get("bias", 0)
    assert distance(model(Config(max_depth=1536), job, operands)["y"] * scales["y"], wanted).relative < 0.04
