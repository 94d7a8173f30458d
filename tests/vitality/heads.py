"""Heads that no width was chosen on: pieces of the photographs' heads, and heads made to be hard for a rounded mean."""

from functools import cache

import numpy as np

from attnforge.hdl.vitality import model
from attnforge.hdl.vitality.job import quantise_head
from attnforge.sim.data import DINOV2_HEADS, load_heads
from attnforge.sim.reference import taylor_attention


@cache
def photographs():
    """All 36 heads of both photographs, floats."""
    return tuple(head for name in DINOV2_HEADS for head in load_heads(name))


def pieces(seed, count, tokens=257):
    """Random pieces of random heads of all layers: n up to ``tokens``, d and d_v up to 64, at any offset."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        head = photographs()[rng.integers(len(photographs()))]
        n, d, d_v = (int(rng.integers(1, most, endpoint=True)) for most in (tokens, 64, 64))
        t, f, g = (int(rng.integers(0, most, endpoint=True)) for most in (257 - n, 64 - d, 64 - d_v))
        yield {"q": head.query[t : t + n, f : f + d], "k": head.key[t : t + n, f : f + d],
               "v": head.value[t : t + n, g : g + d_v]}


def constructed(config, seed, count, tokens=8192):
    """Heads whose queries lie along the rounding error of the mean of K, so that all of it comes into the scores.

    K and V are whole numbers of the config's operands, so that the error is known. The second term of Taylor attention
    is 0.1 to 10 times mean(V), at their peaks. In every second head V follows the scores, as in a trained one; in the
    others V has nothing to do with K, so that such a second term takes huge scores.
    """
    rng = np.random.default_rng(seed)
    for number in range(count):
        n = tokens if number % 20 == 19 else int(np.exp(rng.uniform(0, np.log(tokens))))
        d, d_v = rng.integers(1, 64, 2, endpoint=True)
        k = whole(rng.normal(size=(n, d)) + 2 * rng.normal(size=d), config.operand.max)
        v = rng.normal(size=(n, d_v)) + rng.normal(size=d_v)
        mean = k.mean(axis=0) * 2.0**config.mean_fraction_bits
        error = mean - np.floor(mean + 0.5)
        q = np.multiply.outer(rng.normal(size=n), error if error.any() else rng.normal(size=d))
        if number % 2:
            scores = (k - k.mean(axis=0)) @ q[np.argmax(np.abs(q).sum(axis=1))]
            v += np.multiply.outer(3 * scores / (np.abs(scores).max() or 1), rng.normal(size=d_v))
        v = whole(v, config.operand.max)
        second = np.abs(q @ ((k - k.mean(axis=0)).T @ v)).max() / (n * d**0.5)
        first = np.abs(v.mean(axis=0)).max()
        if second > 1e-9 * first > 0:
            q *= 10 ** rng.uniform(-1, 1) * first / second
        yield {"q": q, "k": k, "v": v}


def whole(values, peak):
    """Whole numbers with this peak."""
    return np.rint(values / np.abs(values).max() * peak)


def errors(config, head):
    """Differences of the model's results from float64 Taylor attention of the same integers, in LSBs of the results.

    Returns
    -------
    errors : array, one per result
    peak : float
        Largest result over the largest that the format has.
    """
    job, operands, scales = quantise_head(config, head)
    reference = taylor_attention(*(operands[name] * scales[name] for name in "qkv"), correction=False).output
    results = model(config, job, operands)["z"]
    found = np.abs(results - reference / scales["z"])
    return found.ravel(), float(np.abs(results).max() / config.result.max)
