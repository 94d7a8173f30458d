"""The model against float64 softmax on parts and joins of real heads: 99.9 % within one LSB, all within two.

``pytest -s`` prints the figures of the table in hdl/dense/README.md: results, largest difference, share within one LSB.
"""

import numpy as np
import pytest

from attnforge.hdl.dense import Config
from attnforge.hdl.dense.model import model
from attnforge.hdl.dense.quantise import quantise_job
from attnforge.sim.reference import softmax_attention
from tests.dense.cores import rng_of
from tests.dense.real import HEADS, joined, part


def errors(config, tensors):
    """Distances in LSBs, from the same integers."""
    job, operands, scales = quantise_job(config, tensors)
    exact = softmax_attention(*(operands[name] * scales[name] for name in "qkv")).output
    found = model(config, job, operands)["z"]
    assert np.abs(found).max() == config.result.max or not exact.any()  # the whole range is used
    return np.abs(found - exact / scales["z"]).ravel()


def summed_up(name, found):
    found = np.concatenate(found)
    within = np.mean(found <= 1)
    print(f"\n| {name} | {len(found):,} | {found.max():.2f} | {within:.3%} |")
    return found.max(), within


@pytest.mark.parametrize("count", [60, pytest.param(500, marks=pytest.mark.slow)])
@pytest.mark.parametrize("bits, out_bits", [(4, 4), (4, 8), (6, 8), (8, 8)])
def test_parts_of_both_photographs_heads(bits, out_bits, count):
    config, rng = Config(bits=bits, out_bits=out_bits), rng_of(1)
    worst, within = summed_up(f"{count} parts | {bits} | {out_bits}", [errors(config, part(rng)) for _ in range(count)])
    assert worst <= 2 and within >= 0.999


def test_heads_of_the_second_photograph_as_they_are():
    worst, within = summed_up("flower", [errors(Config(), head.tensors) for head in HEADS[18:]])
    assert worst <= 2 and within >= 0.999


@pytest.mark.parametrize("keys, count", [
    (1024, 3), (4096, 1),
    *(pytest.param(keys, 10, marks=pytest.mark.slow) for keys in (1024, 2048, 4096, 8192, 16384)),
])
def test_heads_of_thousands_of_keys(keys, count):
    """With the widths that a core for so many keys gets by itself."""
    config, rng = Config(max_keys=keys), rng_of(2, keys)
    worst, within = summed_up(f"{count} of {keys} keys | {config.probability_bits}",
                              [errors(config, joined(rng, keys, 60)) for _ in range(count)])
    assert worst <= 2 and within >= 0.999


def test_twelve_bits_are_too_few_for_thousands_of_keys():
    config, rng = Config(max_keys=16384, probability_bits=12, lossy=True), rng_of(2, 16384)
    assert max(errors(config, joined(rng, 16384, 30)).max() for _ in range(2)) > 2
