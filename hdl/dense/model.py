"""Bit-exact NumPy model of the dense core: exact sums, exponentials of narrowed scores, one rounding per result."""

from dataclasses import dataclass

import numpy as np

from attnforge.hdl import numeric
from attnforge.hdl.dense.config import Config
from attnforge.hdl.dense.masks import kept, seen_queries
from attnforge.hdl.numeric import exact_matmul, round_divide, round_shift

__all__ = ["Row", "counts", "exponentials", "model", "narrowed", "row_scales", "scaled_scores", "scores", "sums"]

MOST_SATURATED = (1 << 16) - 1


@dataclass(frozen=True)
class Row:
    """What a row's results are multiplied with: ``multiplier / 2**shift``, both arrays of a value per row."""

    multiplier: np.ndarray
    shift: np.ndarray


def scaled_scores(job, operands) -> np.ndarray:
    """Scores of all pairs in units of log2, before they are narrowed and masked: int64 (rows, keys)."""
    raw = exact_matmul(operands["q"], np.asarray(operands["k"]).T)
    return round_shift(raw * job.score_multiplier, job.score_shift)


def narrowed(config: Config, scaled) -> np.ndarray:
    """Scores that fit their format, whose smallest value is for masked keys."""
    return np.maximum(config.score.saturate(scaled), config.score.min + 1)


def scores(config: Config, job, operands) -> np.ndarray:
    """Scaled scores in units of log2, int64 (rows, keys); the format's smallest value where a key is masked."""
    return np.where(kept(job), narrowed(config, scaled_scores(job, operands)), config.score.min)


def exponentials(config: Config, scaled) -> np.ndarray:
    """2 to the distance from the row's largest score, times ``2**probability_bits - 1``; 0 for masked keys."""
    return numeric.exponentials(
        scaled,
        scaled.max(axis=1, keepdims=True),
        config.score,
        fraction_bits=config.score_fraction_bits,
        probability_bits=config.probability_bits,
    )


def row_scales(config: Config, job, row_sums) -> Row:
    """``out_multiplier / 2**out_shift`` over the row's sum; a multiplier of 0 where all keys are masked.

    The sum is moved up until its highest bit is that of its register, so that the quotient, to the nearest integer,
    always has as many bits as the multiplier, or one more.
    """
    row_sums = np.asarray(row_sums, np.int64)
    lengths = np.array([int(total).bit_length() for total in row_sums])
    mantissa = np.maximum(row_sums, 1) << config.row_sum_bits - np.maximum(lengths, 1)
    multiplier = round_divide(np.full(len(row_sums), job.out_multiplier) << config.row_sum_bits, mantissa)
    return Row(np.where(row_sums == 0, 0, multiplier), job.out_shift + lengths)


def sums(config: Config, job, operands) -> tuple[np.ndarray, Row]:
    """What the array gives, before its one rounding: int64 (rows, value_dim or channels), and what it is scaled by."""
    if job.linear:
        multiplier, shift, bias = config.channel_scale.read(operands["parameters"])
        return exact_matmul(operands["x"], operands["w"]) + bias, Row(multiplier, shift)
    weights = exponentials(config, scores(config, job, operands))
    scale = row_scales(config, job, weights.sum(axis=1))
    return exact_matmul(weights, operands["v"]), Row(scale.multiplier[:, None], scale.shift[:, None])


def masked_rows(config: Config, job) -> int:
    """Queries that see no key; their results are 0."""
    return 0 if job.linear else job.queries - len(seen_queries(job))


def saturated_scores(config: Config, job, operands) -> int:
    """Scores of pairs that are not masked whose format has no room for them; `MOST_SATURATED` stands for more."""
    if job.linear:
        return 0
    scaled = scaled_scores(job, operands)
    return min(int(np.sum(kept(job) & (scaled != narrowed(config, scaled)))), MOST_SATURATED)


def counts(config: Config, job, operands) -> dict[str, int]:
    """What the core's own counters tell of a job."""
    return {
        "masked_rows": masked_rows(config, job),
        "saturated_scores": saturated_scores(config, job, operands),
    }


def model(config: Config, job, operands) -> dict[str, np.ndarray]:
    """Results of one head, or of one linear layer.

    Parameters
    ----------
    config : Config
    job : Job
    operands : mapping
        ``k`` (keys, d), ``v`` (keys, d_v) and ``q`` (rows, d); or ``parameters`` (n, 3), ``w`` (k, n) and ``x`` (m, k).

    Returns
    -------
    dict
        ``z``: int64 (rows, value_dim), or ``y``: int64 (rows, channels).
    """
    totals, scale = sums(config, job, operands)
    shift = np.minimum(scale.shift, 62)  # of products below 2**62: beyond, all of them are 0
    results = config.result.saturate(round_shift(totals * scale.multiplier, shift, border=1))
    return {"y" if job.linear else "z": results}
