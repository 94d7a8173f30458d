"""Exact attention: rows are distributions, and centring the keys changes nothing."""

import numpy as np
import pytest

from sim.reference import softmax_attention

SHAPES = [(1, 1, 1), (2, 1, 3), (7, 5, 3), (16, 16, 16), (49, 16, 32), (197, 64, 64)]


def head(tokens, head_dim, value_dim, seed=0):
    rng = np.random.default_rng(seed)
    offset = rng.normal(size=head_dim)
    return (
        rng.normal(size=(tokens, head_dim)),
        rng.normal(size=(tokens, head_dim)) + offset,
        rng.normal(size=(tokens, value_dim)),
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_centring_the_keys_leaves_softmax_unchanged(shape):
    query, key, value = head(*shape)
    plain = softmax_attention(query, key, value)
    centred = softmax_attention(query, key - key.mean(axis=0), value)
    np.testing.assert_allclose(centred.probability, plain.probability, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(centred.output, plain.output, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_rows_are_distributions(shape):
    result = softmax_attention(*head(*shape))
    assert (result.probability >= 0).all()
    np.testing.assert_allclose(result.probability.sum(axis=1), 1, rtol=1e-12)


def test_by_hand():
    """Two keys, scores 0 and ln 3: weights 1/4 and 3/4."""
    result = softmax_attention([[1.0], [1.0]], [[0.0], [np.log(3)]], [[4.0], [8.0]])
    np.testing.assert_allclose(result.probability, [[0.25, 0.75]] * 2)
    np.testing.assert_allclose(result.output, [[7.0]] * 2)


def test_large_scores_do_not_overflow():
    result = softmax_attention([[1e4], [-1e4]], [[1.0], [0.0]], [[1.0], [2.0]])
    np.testing.assert_allclose(result.output, [[1.0], [2.0]])
