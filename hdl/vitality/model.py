"""Bit-exact NumPy model of the ViTALiTy core: the six steps in integers, each rounded where the gates round."""

from dataclasses import dataclass

import numpy as np

from hdl.numeric import Int, round_divide, round_shift

from .config import Config

__all__ = ["HeadSums", "head_sums", "model", "nonpositive_rows", "numerator_peak"]


@dataclass(frozen=True)
class HeadSums:
    """Sums over the tokens of a head, exact integers with the mean's fraction bits where K is in them.

    Attributes
    ----------
    key_mean : (d,) kbar
    key_residue : (d,) ksum = 1^T Khat
    value_sum : (d_v,) vsum
    g : (d, d_v) Khat^T V before it is narrowed
    """

    key_mean: np.ndarray
    key_residue: np.ndarray
    value_sum: np.ndarray
    g: np.ndarray


def head_sums(config: Config, operands) -> HeadSums:
    """Steps 1 to 3."""
    k, v = (np.asarray(operands[name], np.int64) for name in "kv")
    key_sum = k.sum(axis=0) << config.mean_fraction_bits
    key_mean = round_divide(key_sum, len(k))
    centred = (k << config.mean_fraction_bits) - key_mean
    return HeadSums(key_mean, key_sum - len(k) * key_mean, v.sum(axis=0), centred.T @ v)


def denominators(config: Config, job, operands, sums: HeadSums) -> np.ndarray:
    """Step 4 in the numerator's units, (n,): may be zero or less."""
    base = np.full(job.tokens, job.denominator_base, np.int64)
    if not config.key_sum:
        return base
    diagonal = np.asarray(operands["q"], np.int64) @ sums.key_residue
    term = round_shift(diagonal * job.key_sum_multiplier, job.key_sum_shift)
    total = base + Int(config.denominator_bits + 1).saturate(term)
    return np.minimum(total, (1 << config.denominator_bits) - 1)


def nonpositive_rows(config: Config, job, operands) -> int:
    """Tokens whose denominator is zero or less; their results are 0."""
    return int(np.sum(denominators(config, job, operands, head_sums(config, operands)) <= 0))


def model(config: Config, job, operands) -> dict[str, np.ndarray]:
    """Results of one head.

    Parameters
    ----------
    config : Config
    job : Job
    operands : mapping
        Integer arrays ``q``, ``k`` of shape (n, d) and ``v`` of shape (n, d_v).

    Returns
    -------
    dict
        ``z``: int64 (n, d_v). A row whose denominator is zero or less is 0.
    """
    sums = head_sums(config, operands)
    g = config.g.saturate(round_shift(sums.g, job.g_shift))
    # The product of vsum and its multiplier, shifted left, may pass 63 bits: Python integers.
    scaled = sums.value_sum.astype(object) * job.value_multiplier << config.value_shift_offset
    value_term = np.clip(
        round_shift(scaled, job.value_shift), -(1 << config.value_term_bits - 1), (1 << config.value_term_bits - 1) - 1
    ).astype(np.int64)
    numerator = (np.asarray(operands["q"], np.int64) @ g << config.numerator_fraction_bits) + value_term
    divisor = denominators(config, job, operands, sums)[:, None]
    quotient = config.result.saturate(round_divide(numerator, np.maximum(divisor, 1)))
    return {"z": np.where(divisor > 0, quotient, 0)}


def numerator_peak(operands, qk_scale: float) -> float:
    """Largest magnitude of Taylor attention (steps 1 to 6 in float64) of integer operands, in units of V's LSB."""
    q, k, v = (np.asarray(operands[name], np.float64) for name in "qkv")
    tokens, head_dim = q.shape
    centred = k - k.mean(axis=0)
    z = v.mean(axis=0) + qk_scale * (q @ (centred.T @ v)) / (tokens * np.sqrt(head_dim))
    return float(np.max(np.abs(z), initial=0.0))
