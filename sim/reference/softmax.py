"""Exact softmax attention in float64: what the approximating designs are measured against."""

from dataclasses import dataclass

import numpy as np

from .operands import as_head, score_scale


@dataclass(frozen=True)
class SoftmaxAttention:
    """Every intermediate of one head.

    Attributes
    ----------
    score : array, tokens x tokens
        Scaled products of every query (row) with every key (column).
    probability : array, tokens x tokens
        Softmax of each row of the scores.
    output : array, tokens x value_dim
    """

    score: np.ndarray
    probability: np.ndarray
    output: np.ndarray


def softmax_attention(query, key, value, *, scale=None):
    """Compute ``softmax(query key^T / sqrt(head_dim)) value`` of one head.

    Parameters
    ----------
    query, key : array_like, tokens x head_dim
    value : array_like, tokens x value_dim
    scale : float, optional
        Factor from ``query . key`` to the score, 1/sqrt(head_dim) by default.

    Returns
    -------
    SoftmaxAttention

    Raises
    ------
    ValueError
        Shapes that do not belong together, or a scale that is not a positive number.
    """
    query, key, value = as_head(query, key, value)
    score = score_scale(key.shape[1], scale) * (query @ key.T)
    weight = np.exp(score - score.max(axis=1, keepdims=True))
    probability = weight / weight.sum(axis=1, keepdims=True)
    return SoftmaxAttention(score, probability, probability @ value)
