"""A job of the dense core: one head or one linear layer, its registers, its stream, and random ones for the tests."""

import math
from dataclasses import dataclass

import numpy as np

from attnforge.hdl.contract.design import Field, Segment
from attnforge.hdl.dense.config import Config
from attnforge.hdl.dense.masks import kept
from attnforge.hdl.dense.model import MOST_SATURATED, exponentials, scores
from attnforge.hdl.numeric import exact_matmul, fixed_multiplier, row_beats
from attnforge.hdl.parts.arithmetic.channel_scale import SHIFT_BITS, ChannelScale

__all__ = [
    "Job",
    "attention_job",
    "counters",
    "job_fields",
    "kept_rows",
    "operand_segments",
    "random_job",
    "result_segments",
]

RANDOM_ROWS = 70
SIZES = ("queries", "keys", "head_dim", "value_dim", "depth", "channels")


@dataclass(frozen=True)
class Job:
    """The registers of one head, softmax(Q K^T / sqrt(d)) V, or of one linear layer, X W + b.

    Sizes of the other kind are not read. Query i sees key j if ``first_key <= j < key_limit``, and, with ``causal``,
    ``j <= i + causal_offset``. With operands of scales s_q, s_k, s_v and results of scale s_o ::

        score_multiplier / 2^score_shift  ~  s_q s_k log2(e) / sqrt(d) 2^score_fraction_bits
        out_multiplier / 2^out_shift      ~  s_v / s_o
    """

    queries: int
    linear: int = 0
    keys: int = 1
    head_dim: int = 1
    value_dim: int = 1
    first_key: int = 0
    key_limit: int = 0
    causal: int = 0
    causal_offset: int = 0
    score_multiplier: int = 0
    score_shift: int = 0
    out_multiplier: int = 0
    out_shift: int = 0
    depth: int = 1
    channels: int = 1


def job_fields(config: Config) -> tuple[Field, ...]:
    """The job registers in register order, with the ranges that START accepts."""

    def size(name, high, doc, low=1):
        return Field(name, high.bit_length(), low, high, doc)

    multiplier, shift = (1 << config.multiplier_bits) - 1, (1 << SHIFT_BITS) - 1
    return (
        size("queries", config.max_queries, "queries of the head, or M, rows of X"),
        Field("linear", 1, 0, 1, "0: softmax(Q K^T) V, 1: X W + b"),
        size("keys", config.max_keys, "keys of the head"),
        size("head_dim", config.max_head_dim, "d, features of Q and K"),
        size("value_dim", config.max_value_dim, "d_v, features of V and Z"),
        size("first_key", config.max_keys, "keys before this one are masked", 0),
        size("key_limit", config.max_keys, "this key and those behind it are masked", 0),
        Field("causal", 1, 0, 1, "1: query i sees keys up to i + causal_offset"),
        size("causal_offset", config.max_keys, "keys that the first query sees beside its own", 0),
        Field("score_multiplier", config.multiplier_bits, 0, multiplier, "multiplier of the scores"),
        Field("score_shift", SHIFT_BITS, 0, shift, "right shift after score_multiplier"),
        Field("out_multiplier", config.multiplier_bits, 0, multiplier, "multiplier of the head's results"),
        Field("out_shift", SHIFT_BITS, 0, shift, "right shift after out_multiplier"),
        size("depth", config.max_depth, "K, columns of X and rows of W"),
        size("channels", config.max_channels, "N, columns of W"),
    )


def counters(config: Config) -> tuple[Field, ...]:
    """What is counted for every job beside cycles, stalls and products."""
    return (
        Field(
            "masked_rows",
            config.max_queries.bit_length(),
            0,
            config.max_queries,
            "queries that see no key; their results are 0",
        ),
        Field(
            "saturated_scores",
            MOST_SATURATED.bit_length(),
            0,
            MOST_SATURATED,
            "scores of visible keys that were clipped to their format; stops at the largest value",
        ),
    )


def operand_segments(config: Config, job: Job) -> tuple[Segment, ...]:
    """What stays for the job first; Q or X behind it, which passes in blocks of rows."""
    if job.linear:
        return (
            ChannelScale.segment(job.channels),
            Segment("w", (job.depth, job.channels), config.operand),
            Segment("x", (job.queries, job.depth), config.operand),
        )
    return (
        Segment("k", (job.keys, job.head_dim), config.operand),
        Segment("v", (job.keys, job.value_dim), config.operand),
        Segment("q", (job.queries, job.head_dim), config.operand),
    )


def result_segments(config: Config, job: Job) -> tuple[Segment, ...]:
    """Z of a head, Y of a linear layer."""
    name, columns = ("y", job.channels) if job.linear else ("z", job.value_dim)
    return (Segment(name, (job.queries, columns), config.result),)


def blocks(config: Config, rows: int) -> list[int]:
    """Rows of each block of a job: the last one takes what would not fill another."""
    full = max(rows // config.block_rows - 1, 0)
    return [config.block_rows] * full + [rows - full * config.block_rows]


def kept_rows(config: Config, job: Job, beats: int) -> int:
    """Rows of results that leave when the operand beat after ``beats`` good ones is an early or a missing ``last``.

    They are those of the blocks that are complete.
    """
    *stay, moving = operand_segments(config, job)
    beats -= sum(segment.shape[0] * row_beats(segment, config.beat_bytes) for segment in stay)
    complete = max(0, beats) // row_beats(moving, config.beat_bytes)
    ends = np.cumsum(blocks(config, job.queries))
    return int(max((end for end in ends if end <= complete), default=0))


def attention_job(config: Config, operands, qk_scale: float, mask) -> tuple[Job, float]:
    """Registers of a head of integers, and s_o / s_v.

    Parameters
    ----------
    operands : mapping
        ``q``, ``k``, ``v``: integers.
    qk_scale : float
        s_q s_k / sqrt(d).
    mask : mapping
        Registers ``first_key``, ``key_limit``, ``causal``, ``causal_offset``.

    Raises
    ------
    ValueError
        A scale that does not fit the registers.
    """
    keys, head_dim = operands["k"].shape
    if not (np.any(operands["q"]) and np.any(operands["k"])):
        qk_scale = 0.0  # no score needs one, and it may be anything
    multiplier, shift = fixed_multiplier(
        qk_scale * math.log2(math.e) * 2**config.score_fraction_bits, config.multiplier_bits, (1 << SHIFT_BITS) - 1
    )
    job = Job(
        queries=len(operands["q"]),
        keys=keys,
        head_dim=head_dim,
        value_dim=operands["v"].shape[1],
        score_multiplier=multiplier,
        score_shift=shift,
        **{"key_limit": keys} | dict(mask),
    )
    # The core's own weights lose small ones, and may lose all of a result: the exact result counts as well.
    weights = exponentials(config, scores(config, job, operands))
    peak = max(_peak(weights, operands["v"]), _peak(_exact_weights(job, operands, qk_scale), operands["v"]))
    # Results that all but vanish beside V use less than their whole range, where the multiplier ends.
    ratio = max(peak / config.result.max, 2.0 ** (1 - config.multiplier_bits)) if peak > 0 else 1.0
    multiplier, shift = fixed_multiplier(1 / ratio, config.multiplier_bits, (1 << SHIFT_BITS) - 1)
    return Job(**{**vars(job), "out_multiplier": multiplier, "out_shift": shift}), ratio


def _peak(weights, values) -> float:
    """Largest magnitude of a result, in LSBs of V."""
    totals = weights.sum(axis=1, keepdims=True)
    return float(np.max(np.abs(weights @ np.asarray(values, np.float64) / np.where(totals == 0, 1, totals))))


def _exact_weights(job, operands, qk_scale):
    """Softmax in float64, but for the division by a row's sum; zeros where a key is masked."""
    seen = kept(job)
    raw = np.where(seen, exact_matmul(operands["q"], np.asarray(operands["k"]).T) * qk_scale, -np.inf)
    largest = raw.max(axis=1, keepdims=True)
    return np.exp(raw - np.where(np.isfinite(largest), largest, 0.0))


def random_job(config: Config, rng: np.random.Generator, wild: float = 0.15, most=None, **fields) -> tuple[Job, dict]:
    """A job of random operands over the whole range; what is not among ``fields`` is drawn, queries up to 70.

    Parameters
    ----------
    wild : float
        Chance of scales drawn without regard to the operands.
    most : int
        Bound of the sizes that are drawn.
    fields : int
        Any registers of the job.
    """
    ranges = {field.name: (field.low, field.high) for field in job_fields(config)}
    if most is not None:
        ranges |= {name: (low, min(high, most)) for name, (low, high) in ranges.items() if name in SIZES}
    drawn = {name: int(rng.integers(low, high, endpoint=True)) for name, (low, high) in ranges.items()}
    drawn["queries"] = int(rng.integers(1, min(config.max_queries, most or RANDOM_ROWS), endpoint=True))
    padding = rng.random()
    if padding < 0.5:
        drawn |= {"first_key": 0, "key_limit": config.max_keys}
    elif padding < 0.9:  # as drawn, one in three leaves any key
        limit = int(rng.integers(1, drawn["keys"], endpoint=True))
        drawn |= {"first_key": int(rng.integers(limit)), "key_limit": limit}
    if rng.random() < 0.5:  # so that few keys are seen by the first queries
        drawn["causal_offset"] //= 8
    drawn |= fields
    job = Job(**drawn)
    operands = {}
    for segment in operand_segments(config, job):
        values = segment.format.random(rng, segment.shape)
        if rng.random() < 0.5:  # small ones, with an offset for each feature
            offset = segment.format.random(rng, segment.shape[1]) // 2
            values = segment.format.saturate(offset + values // int(rng.integers(2, 9)))
        operands[segment.name] = values
    if rng.random() < wild:
        return job, operands
    if job.linear:
        operands["parameters"] = _random_parameters(config, rng, operands)
        return job, operands
    return _scaled(config, rng, job, operands, fields), operands


def _random_parameters(config, rng, operands):
    """Scales that bring every channel's results between an eighth of the range and twice of it."""
    totals = exact_matmul(operands["x"], operands["w"])
    peak = max(1, int(np.abs(totals).max()) >> int(rng.integers(0, 6)))
    bias = config.channel_scale.bias.saturate(rng.integers(-peak, peak, totals.shape[1], endpoint=True))
    factors = config.result.max / np.maximum(np.abs(totals + bias).max(axis=0), 1)
    factors = factors * 2.0 ** rng.uniform(-3, 1, len(bias))
    return config.channel_scale.parameters(factors, bias)


def _scaled(config, rng, job, operands, fields):
    """Scores between nearly equal and far apart, and results that use their range."""
    raw = np.abs(exact_matmul(operands["q"], operands["k"].T)).max()
    span = 2.0 ** rng.uniform(-3, 6)  # of the scores, in units of log2
    mask = {name: getattr(job, name) for name in ("first_key", "key_limit", "causal", "causal_offset")}
    try:
        scaled, _ = attention_job(config, operands, span / max(1, int(raw)) / math.log2(math.e), mask)
    except ValueError:  # operands so small that no multiplier of this core brings them there
        return job
    return Job(**{**vars(scaled), "depth": job.depth, "channels": job.channels} | fields)
