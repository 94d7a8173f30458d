"""Bit-exact NumPy model of the ViTALiTy core: the six steps in integers, each rounded where the gates round."""

from dataclasses import dataclass

import numpy as np

from attnforge.hdl.numeric import Int, exact_matmul, round_divide, round_shift
from attnforge.hdl.vitality.config import Config

__all__ = ["HeadSums", "Peaks", "head_sums", "model", "nonpositive_rows", "peaks"]


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
    return HeadSums(key_mean, key_sum - len(k) * key_mean, v.sum(axis=0), exact_matmul(centred.T, v))


def diagonals(operands, sums: HeadSums) -> np.ndarray:
    """Q ksum^T, (n,)."""
    return exact_matmul(operands["q"], sums.key_residue)


def denominators(config: Config, job, operands, sums: HeadSums) -> np.ndarray:
    """Step 4 in the numerator's units, (n,): may be zero or less."""
    base = np.full(job.tokens, job.denominator_base, np.int64)
    if not config.row_denominator:
        return base
    term = round_shift(diagonals(operands, sums) * job.key_sum_multiplier, job.key_sum_shift)
    total = base + Int(config.denominator_bits + 1).saturate(term)
    return np.minimum(total, (1 << config.denominator_bits) - 1)


def row_terms(config: Config, job, operands, sums: HeadSums) -> np.ndarray:
    """The value terms of the rows in the numerator's units, (n, d_v); (1, d_v) where they are equal."""
    # The product of vsum and its multiplier, shifted left, may pass 63 bits: Python integers.
    scaled = sums.value_sum.astype(object) * job.value_multiplier << config.value_shift_offset
    limit = 1 << config.value_term_bits - 1
    terms = np.clip(round_shift(scaled, job.value_shift), -limit, limit - 1).astype(np.int64)
    if not config.corrects_terms:
        return terms[None]
    product = diagonals(operands, sums).astype(object) * job.key_sum_multiplier << config.factor_offset
    limit = 1 << config.factor.bits
    moved = np.clip(round_shift(product, job.key_sum_shift), -limit, limit - 1).astype(np.int64)
    factor = config.factor.saturate(job.factor_base - moved)
    fraction = config.factor_fraction_bits
    # floor(factor * terms / 2**fraction), in two parts of less than 63 bits.
    high, low = terms >> fraction, terms & ((1 << fraction) - 1)
    return np.multiply.outer(factor, high) + (np.multiply.outer(factor, low) >> fraction)


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
    products = exact_matmul(operands["q"], g)
    numerator = (products << config.numerator_fraction_bits) + row_terms(config, job, operands, sums)
    divisor = denominators(config, job, operands, sums)[:, None]
    quotient = config.result.saturate(round_divide(numerator, np.maximum(divisor, 1)))
    return {"z": np.where(divisor > 0, quotient, 0)}


@dataclass(frozen=True)
class Peaks:
    """Largest magnitudes of Taylor attention (steps 1 to 6 in float64) of integer operands, in units of V's LSB.

    Attributes
    ----------
    result : of Z
    mean : of mean(V)
    spread : ||Q_t||_1 max |G| / (n sqrt(d)), at its largest token: what Q G would be if all its products had one sign
    factor : of a row's factor, 1 - Q ksum^T / (n sqrt(d)); without a unit
    """

    result: float
    mean: float
    spread: float
    factor: float


def peaks(config: Config, operands, qk_scale: float, sums: HeadSums | None = None) -> Peaks:
    """`Peaks` of a head whose Q and K have the scales s_q s_k = ``qk_scale``."""
    sums = sums or head_sums(config, operands)
    q, v = (np.asarray(operands[name], np.float64) for name in "qv")
    tokens, head_dim = q.shape
    unit = qk_scale / 2.0**config.mean_fraction_bits / (tokens * np.sqrt(head_dim))
    exact_g = sums.g - np.multiply.outer(sums.key_residue / tokens, sums.value_sum)

    def peak(values):
        return float(np.max(np.abs(values), initial=0.0))

    return Peaks(
        peak(v.mean(axis=0) + unit * (q @ exact_g)),
        peak(v.mean(axis=0)),
        unit * peak(np.abs(q).sum(axis=1)) * peak(sums.g),
        peak(1 - unit * (q @ sums.key_residue)),
    )
