"""Exact attention: rows are distributions, and centring the keys changes nothing."""

import numpy as np
import pytest

from attnforge.sim.reference import attention_mask, softmax_attention

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


def test_queries_may_be_more_or_fewer_than_keys():
    query, key, value = head(12, 8, 3)
    whole = softmax_attention(query, key, value)
    np.testing.assert_allclose(softmax_attention(query[2:5], key, value).output, whole.output[2:5], rtol=1e-12)
    assert softmax_attention(query, key[:4], value[:4]).probability.shape == (12, 4)


@pytest.mark.parametrize("masked", [{"key_limit": 5}, {"first_key": 2}, {"first_key": 3, "key_limit": 4}])
def test_padding_is_as_if_the_keys_were_not_there(masked):
    query, key, value = head(7, 4, 3)
    seen = slice(masked.get("first_key", 0), masked.get("key_limit"))
    result = softmax_attention(query, key, value, mask=attention_mask(7, 7, **masked))
    wanted = softmax_attention(query, key[seen], value[seen])
    np.testing.assert_allclose(result.output, wanted.output, rtol=1e-12)
    np.testing.assert_allclose(result.probability[:, seen], wanted.probability, rtol=1e-12)
    assert not np.delete(result.probability, np.arange(7)[seen], axis=1).any()


@pytest.mark.parametrize("queries, offset", [(6, 0), (2, 4), (9, 1), (4, 100)])
def test_a_causal_query_sees_itself_and_what_came_before(queries, offset):
    """Query i alone, with the first i + offset + 1 keys."""
    query, key, value = head(9, 4, 3)
    query, key, value = query[:queries], key[:6], value[:6]
    result = softmax_attention(query, key, value, mask=attention_mask(queries, 6, causal_offset=offset))
    for i in range(queries):
        alone = softmax_attention(query[i : i + 1], key[: i + offset + 1], value[: i + offset + 1])
        np.testing.assert_allclose(result.output[i], alone.output[0], rtol=1e-12)


def test_a_query_that_sees_no_key_gives_zeros():
    mask = np.array([[True, False], [False, False]])
    result = softmax_attention(np.ones((2, 3)), np.ones((2, 3)), [[4.0], [8.0]], mask=mask)
    np.testing.assert_array_equal(result.output, [[4.0], [0.0]])
    np.testing.assert_array_equal(result.probability, [[1.0, 0.0], [0.0, 0.0]])


def test_refuses_shapes_that_disagree():
    with pytest.raises(ValueError, match=r"as many features, not query \(2, 3\), key \(4, 5\), value \(4, 1\)"):
        softmax_attention(np.zeros((2, 3)), np.zeros((4, 5)), np.zeros((4, 1)))
    with pytest.raises(ValueError, match=r"as many values as keys, not query \(2, 3\), key \(4, 3\), value \(5, 1\)"):
        softmax_attention(np.zeros((2, 3)), np.zeros((4, 3)), np.zeros((5, 1)))
    with pytest.raises(ValueError, match=r"a column per key, \(2, 4\), not \(4, 2\)"):
        softmax_attention(np.zeros((2, 3)), np.zeros((4, 3)), np.zeros((4, 1)), mask=np.ones((4, 2)))
