"""Exact softmax attention in float64: what all designs that approximate it are measured against."""

from dataclasses import dataclass

import numpy as np

from attnforge.sim.reference.operands import as_head, score_scale


@dataclass(frozen=True)
class SoftmaxAttention:
    """Every intermediate of one head.

    Attributes
    ----------
    score : array, queries x keys
        Scaled products of every query (row) with every key (column).
    probability : array, queries x keys
        Softmax of each row of the scores over the keys that its query sees; zeros where it sees none.
    output : array, queries x value_dim
    """

    score: np.ndarray
    probability: np.ndarray
    output: np.ndarray


def attention_mask(queries, keys, *, first_key=0, key_limit=None, causal_offset=None):
    """Return which query sees which key.

    Parameters
    ----------
    queries, keys : int
    first_key, key_limit : int
        Padding: keys from ``first_key`` up to, not including, ``key_limit`` are seen; by default all.
    causal_offset : int, optional
        Query i sees no key after i + causal_offset: 0 where queries and keys are the same tokens, n where n keys of
        earlier tokens stand before those of the queries.

    Returns
    -------
    bool array, queries x keys
    """
    query, key = np.indices((queries, keys))
    seen = (key >= first_key) & (key < (keys if key_limit is None else key_limit))
    return seen if causal_offset is None else seen & (key <= query + causal_offset)


def softmax_attention(query, key, value, *, scale=None, mask=None):
    """Compute ``softmax(query key^T / sqrt(head_dim)) value`` of one head.

    Parameters
    ----------
    query : array_like, queries x head_dim
    key : array_like, keys x head_dim
    value : array_like, keys x value_dim
    scale : float, optional
        Factor from ``query . key`` to the score, 1/sqrt(head_dim) by default.
    mask : bool array_like, queries x keys, optional
        Which query sees which key (`attention_mask`), all of them by default. A query that sees no key has no softmax:
        its probabilities and its outputs are zeros.

    Returns
    -------
    SoftmaxAttention

    Raises
    ------
    ValueError
        Shapes that do not belong together, or a scale that is not a positive number.
    """
    query, key, value = as_head(query, key, value, square=False)
    score = score_scale(key.shape[1], scale) * (query @ key.T)
    mask = np.ones(score.shape, bool) if mask is None else np.asarray(mask, bool)
    if mask.shape != score.shape:
        raise ValueError(f"A mask needs a row per query and a column per key, {score.shape}, not {mask.shape}")
    seen = np.where(mask, score, -np.inf)
    peak = seen.max(axis=1, keepdims=True)
    weight = np.exp(seen - np.where(np.isfinite(peak), peak, 0))
    total = weight.sum(axis=1, keepdims=True)
    probability = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
    return SoftmaxAttention(score, probability, probability @ value)
