"""A job of the ViTALiTy core: one head, its registers, and how they follow from float tensors."""

import math
from dataclasses import dataclass

import numpy as np

from hdl.numeric import Int, fixed_multiplier, quantise, symmetric_scale
from hdl.parts.design import Field, Segment

from .config import VALUE_SHIFT_BITS, Config
from .model import head_sums, numerator_peak

__all__ = ["Job", "counters", "head_jobs", "job_fields", "operand_segments", "quantise_head", "random_job",
           "result_segments"]


@dataclass(frozen=True)
class Job:
    """The registers of one head.

    With integer operands of scales s_q, s_k, s_v, results of scale s_o, F fraction bits of kbar, P of the numerator,
    and a = s_q s_k / 2^F, the constants approximate (each in units of the numerator's LSB)::

        value_multiplier 2^offset / 2^value_shift  ~  sqrt(d) 2^(P - g_shift) / a
        denominator_base                           ~  n sqrt(d) 2^(P - g_shift) s_o / (s_v a)
        key_sum_multiplier / 2^key_sum_shift       ~  2^(P - g_shift) s_o / s_v

    so that Z = numerator / denominator is step 6 of the paper in units of s_o.
    """

    tokens: int
    head_dim: int
    value_dim: int
    g_shift: int
    value_multiplier: int
    value_shift: int
    denominator_base: int
    key_sum_multiplier: int
    key_sum_shift: int


def job_fields(config: Config) -> tuple[Field, ...]:
    """The job registers in register order, with the ranges that START accepts."""
    multiplier = (1 << config.multiplier_bits) - 1
    base = (1 << config.denominator_bits) - 1
    return (
        Field("tokens", config.token_bits, 1, config.max_tokens, "n, tokens of the head"),
        Field("head_dim", config.max_head_dim.bit_length(), 1, config.max_head_dim, "d, features of Q and K"),
        Field("value_dim", config.max_value_dim.bit_length(), 1, config.max_value_dim, "d_v, features of V and Z"),
        Field("g_shift", config.g_shift_bits, 0, (1 << config.g_shift_bits) - 1, "right shift that narrows G"),
        Field("value_multiplier", config.multiplier_bits, 0, multiplier, "multiplier of vsum"),
        Field("value_shift", VALUE_SHIFT_BITS, 0, (1 << VALUE_SHIFT_BITS) - 1, "right shift after value_multiplier"),
        Field("denominator_base", config.denominator_bits, 0, base, "n sqrt(d) in units of the numerator"),
        Field("key_sum_multiplier", config.multiplier_bits, 0, multiplier, "multiplier of Q ksum^T"),
        Field("key_sum_shift", 6, 0, 63, "right shift after key_sum_multiplier"),
    )


def counters(config: Config) -> tuple[Field, ...]:
    """What is counted for every job beside cycles, stalls and products."""
    return (
        Field(
            "nonpositive_rows",
            config.token_bits,
            0,
            config.max_tokens,
            "tokens whose denominator is zero or less; their results are 0",
        ),
    )


def operand_segments(config: Config, job: Job) -> tuple[Segment, ...]:
    """K, V, Q: in this order, because the mean of K and the sums of V are ready when Q has come in."""
    return (
        Segment("k", (job.tokens, job.head_dim), config.operand),
        Segment("v", (job.tokens, job.value_dim), config.operand),
        Segment("q", (job.tokens, job.head_dim), config.operand),
    )


def result_segments(config: Config, job: Job) -> tuple[Segment, ...]:
    """Z alone."""
    return (Segment("z", (job.tokens, job.value_dim), config.result),)


def head_jobs(config: Config, tokens, head_dim, value_dim) -> dict[str, list[Job]]:
    """The job of a head of these sizes, without its constants, which cost no cycles."""
    return {f"{config.bits} bits": [Job(tokens, head_dim, value_dim, 0, 0, 0, 0, 0, 0)]}


def job_constants(config: Config, operands, qk_scale: float, out_ratio: float) -> Job:
    """Job registers for integer operands.

    Parameters
    ----------
    operands : mapping
        ``q``, ``k``, ``v``: integers of shape (n, d), (n, d), (n, d_v); their G sets ``g_shift``.
    qk_scale : float
        s_q s_k.
    out_ratio : float
        s_o / s_v.

    Raises
    ------
    ValueError
        Scales so far apart that the constants do not fit their registers.
    """
    tokens, head_dim = operands["q"].shape
    value_dim = operands["v"].shape[1]
    alpha = qk_scale / 2**config.mean_fraction_bits
    g_peak = int(np.max(np.abs(head_sums(config, operands).g), initial=0))
    g_shift = max(0, signed_fit(g_peak, config.g))
    fraction = config.numerator_fraction_bits
    base = tokens * math.sqrt(head_dim) * out_ratio / alpha * 2.0**fraction if alpha > 0 else math.inf
    if not 0 < base < math.inf:
        raise ValueError(f"scales of {qk_scale} (q times k) and {out_ratio} (z over v) are too far apart for the core")
    # A quarter of the divisor's range stays free for Q ksum^T.
    g_shift += max(0, math.ceil(math.log2(base / 2.0**g_shift / (0.75 * 2**config.denominator_bits))))
    unit = 2.0 ** (fraction - g_shift)
    value_multiplier, value_shift = fixed_multiplier(
        math.sqrt(head_dim) * unit / alpha / 2**config.value_shift_offset, config.multiplier_bits, 63
    )
    key_sum_multiplier, key_sum_shift = fixed_multiplier(out_ratio * unit, config.multiplier_bits, 63)
    job = Job(
        tokens,
        head_dim,
        value_dim,
        g_shift,
        value_multiplier,
        value_shift,
        math.floor(base / 2.0**g_shift + 0.5),
        key_sum_multiplier,
        key_sum_shift,
    )
    for field in job_fields(config):
        if not field.low <= getattr(job, field.name) <= field.high:
            raise ValueError(f"{field.name} = {getattr(job, field.name)} is not within {field.low} .. {field.high}")
    return job


def signed_fit(peak: int, form: Int) -> int:
    """Smallest right shift after which ``peak``, rounded, is at most ``form.max``."""
    shift = max(0, peak.bit_length() - form.bits)
    while peak + (1 << shift >> 1) >> shift > form.max:
        shift += 1
    return shift


def quantise_head(config: Config, tensors) -> tuple[Job, dict, dict]:
    """One head from floats: symmetric per-tensor scales, the result's scale from the Taylor attention of the integers.

    Parameters
    ----------
    tensors : mapping
        ``q``, ``k`` (n, d) and ``v`` (n, d_v), float.

    Returns
    -------
    job, operands, scales
        ``scales`` maps ``q k v z`` to the float value of one LSB.
    """
    scales = {name: symmetric_scale(tensors[name], config.operand) for name in "qkv"}
    operands = {name: quantise(tensors[name], scales[name], config.operand) for name in "qkv"}
    qk_scale = scales["q"] * scales["k"]
    peak = numerator_peak(operands, qk_scale)
    ratio = peak / config.result.max if peak > 0 else 1.0
    scales["z"] = scales["v"] * ratio
    return job_constants(config, operands, qk_scale, ratio), operands, scales


def random_job(config: Config, rng: np.random.Generator, wild: float = 0.2, **sizes) -> tuple[Job, dict]:
    """A job of random operands over the whole range, its sizes given or drawn.

    Parameters
    ----------
    wild : float
        Chance of registers drawn without regard to the operands, which saturate and divide by zero or less.
    sizes : int
        ``tokens``, ``head_dim``, ``value_dim``; what is missing is drawn up to the maximum.
    """
    tokens = sizes.get("tokens") or int(rng.integers(1, config.max_tokens, endpoint=True))
    head_dim = sizes.get("head_dim") or int(rng.integers(1, config.max_head_dim, endpoint=True))
    value_dim = sizes.get("value_dim") or int(rng.integers(1, config.max_value_dim, endpoint=True))
    shapes = {"k": (tokens, head_dim), "v": (tokens, value_dim), "q": (tokens, head_dim)}
    if rng.random() < 0.5:
        operands = {name: config.operand.random(rng, shape) for name, shape in shapes.items()}
    else:
        operands = {}
        for name, shape in shapes.items():
            offset = config.operand.random(rng, shape[1]) // 2
            noise = config.operand.random(rng, shape) // int(rng.integers(1, 9))
            operands[name] = config.operand.saturate(offset + noise)
    fields = {field.name: field for field in job_fields(config)}
    drawn = {name: int(rng.integers(field.low, field.high, endpoint=True)) for name, field in fields.items()}
    drawn |= {"tokens": tokens, "head_dim": head_dim, "value_dim": value_dim}
    qk_scale = float(np.exp(rng.uniform(np.log(0.02), np.log(2.0)))) * 64 / 4.0**config.bits
    peak = numerator_peak(operands, qk_scale)
    try:
        job = job_constants(config, operands, qk_scale, max(peak, 0.25) / config.result.max)
    except ValueError:  # scales that this core's registers do not hold
        return Job(**drawn), operands
    if rng.random() < wild:
        values = {name: getattr(job, name) for name in fields}
        for name in list(fields)[3:]:
            if rng.random() < 0.5:
                values[name] = drawn[name]
        if rng.random() < 0.3:
            values["denominator_base"] = int(rng.integers(0, 3))
        job = Job(**values)
    return job, operands
