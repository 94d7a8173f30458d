"""ViTALiTy's linear Taylor attention (HPCA 2023), the six steps in the paper's order and in float64."""

from dataclasses import dataclass

import numpy as np

from attnforge.sim.reference.operands import as_head, score_scale


@dataclass(frozen=True)
class TaylorAttention:
    """Every intermediate of one head, named as in the design, the paper's symbol behind it.

    Attributes
    ----------
    key_mean : array, head_dim
        Mean of the keys over the tokens (kbar, step 1).
    key_centred : array, tokens x head_dim
        Keys without their mean (Khat, step 1).
    context : array, head_dim x value_dim
        Global context matrix (G, step 2).
    key_sum : array, head_dim
        Column sums of the centred keys (ksum, step 3): zero, unless the mean was rounded.
    value_sum : array, value_dim
        Column sums of the values (vsum, step 3).
    denominator : array, tokens
        tD, step 4.
    numerator : array, tokens x value_dim
        TN, step 5.
    output : array, tokens x value_dim
        Z, step 6.
    """

    key_mean: np.ndarray
    key_centred: np.ndarray
    context: np.ndarray
    key_sum: np.ndarray
    value_sum: np.ndarray
    denominator: np.ndarray
    numerator: np.ndarray
    output: np.ndarray


def taylor_attention(query, key, value, *, scale=None, key_mean=None, correction=True):
    """Compute one head of Taylor attention: softmax attention with exp(x) replaced by 1 + x after centring the keys.

    Parameters
    ----------
    query, key : array_like, tokens x head_dim
    value : array_like, tokens x value_dim
    scale : float, optional
        Factor from ``query . key`` to the score, 1/sqrt(head_dim) by default. For integer operands it is
        ``scale_query * scale_key / sqrt(head_dim)``; the paper's sqrt(d) is its inverse everywhere.
    key_mean : array_like, head_dim, optional
        Use this mean in place of the exact one, to study what its rounding does.
    correction : bool
        Let the residue of a rounded mean enter the denominator (steps 3 and 4). Without it the denominator is the
        constant n/scale, which is the same in exact arithmetic.

    Returns
    -------
    TaylorAttention

    Raises
    ------
    ValueError
        Shapes that do not belong together, or a scale that is not a positive number.
    """
    query, key, value = as_head(query, key, value)
    tokens, head_dim = key.shape
    inverse_scale = 1.0 / score_scale(head_dim, scale)

    key_mean = key.sum(axis=0) / tokens if key_mean is None else np.asarray(key_mean, dtype=np.float64)
    if key_mean.shape != (head_dim,):
        raise ValueError(f"Key mean must have shape {(head_dim,)}, not {key_mean.shape}")
    key_centred = key - key_mean
    context = key_centred.T @ value
    key_sum = key_centred.sum(axis=0)
    value_sum = value.sum(axis=0)
    denominator = np.full(tokens, tokens * inverse_scale)
    if correction:
        denominator = denominator + query @ key_sum
    numerator = inverse_scale * value_sum + query @ context
    output = numerator / denominator[:, None]
    return TaylorAttention(key_mean, key_centred, context, key_sum, value_sum, denominator, numerator, output)
