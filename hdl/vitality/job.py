"""A job of the ViTALiTy core: one head, its registers, and how they follow from float tensors."""

import math
from dataclasses import dataclass

import numpy as np

from attnforge.hdl.contract.design import Field, Segment
from attnforge.hdl.contract.job_check import check_job, check_tensors
from attnforge.hdl.numeric import Int, exact_matmul, fixed_multiplier, quantise, symmetric_scale
from attnforge.hdl.vitality.config import VALUE_SHIFT_BITS, Config
from attnforge.hdl.vitality.model import head_sums, peaks
from attnforge.hdl.vitality.widths import FACTOR_INTEGER_BITS, MEAN, SPREAD

__all__ = ["Job", "counters", "head_jobs", "job_fields", "operand_segments", "quantise_head", "random_job",
           "result_segments"]


@dataclass(frozen=True)
class Job:
    """The registers of one head.

    With integer operands of scales s_q, s_k, s_v, results of scale s_o, F fraction bits of kbar, P of the numerator,
    and a = s_q s_k / 2^F, the constants approximate (in units of the numerator's LSB)::

        value_multiplier 2^value_shift_offset / 2^value_shift  ~  2^e sqrt(d) 2^(P - g_shift) / a
        denominator_base                                       ~  n sqrt(d) 2^(P - g_shift) s_o / (s_v a)

    so that Z = numerator / denominator is step 6 of the paper in units of s_o. Of the row's factor, and so of
    Q ksum^T, the unit is 2^(e - factor_fraction_bits)::

        factor_base                                            ~  2^(factor_fraction_bits - e)
        key_sum_multiplier 2^factor_offset / 2^key_sum_shift   ~  2^(factor_fraction_bits - e) a / (n sqrt(d))

    where e is 0 unless the factor is too large for its format. With ``row_denominator``, e is 0, and Q ksum^T gets the
    numerator's unit::

        key_sum_multiplier / 2^key_sum_shift                   ~  2^(P - g_shift) s_o / s_v
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
    factor_base: int


def job_fields(config: Config) -> tuple[Field, ...]:
    """The job registers in register order, with the ranges that START accepts."""
    multiplier = (1 << config.multiplier_bits) - 1
    base = (1 << config.denominator_bits) - 1
    factor = 1 << config.factor_fraction_bits
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
        Field("factor_base", config.factor_fraction_bits + 1, 0, factor, "1 in units of the row's factor"),
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
    return {f"{config.bits} bits": [Job(tokens, head_dim, value_dim, 0, 0, 0, 0, 0, 0, 0)]}


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
    sums = head_sums(config, operands)
    alpha = qk_scale / 2**config.mean_fraction_bits
    size = tokens * math.sqrt(head_dim)
    if not (0 <= qk_scale < math.inf and 0 < size * out_ratio < math.inf):
        raise ValueError(f"scales of {qk_scale} (q times k) and {out_ratio} (z over v) are too far apart for the core")
    g_shift, unit = _numerator_unit(config, operands, sums, alpha, size * out_ratio)
    exponent = _factor_exponent(config, operands, sums, qk_scale)
    value_factor = math.sqrt(head_dim) * unit * 2.0 ** (exponent - config.value_shift_offset)
    if config.row_denominator:
        key_sum_factor = alpha * unit * out_ratio
    else:
        key_sum_factor = alpha / size * 2.0 ** (config.factor_fraction_bits - config.factor_offset - exponent)
    used = config.key_sum and exact_matmul(operands["q"], sums.key_residue[:, None]).any()
    job = Job(
        tokens,
        head_dim,
        operands["v"].shape[1],
        g_shift,
        *fixed_multiplier(value_factor if sums.value_sum.any() else 0.0, config.multiplier_bits, 63),
        math.floor(size * out_ratio * unit + 0.5),
        *fixed_multiplier(key_sum_factor if used else 0.0, config.multiplier_bits, 63),
        math.floor(2.0 ** (config.factor_fraction_bits - exponent) + 0.5),
    )
    return check_job(job, job_fields(config))


def _numerator_unit(config, operands, sums, alpha, size):
    """g_shift, and how many LSBs of the numerator are 1: 2^(P - g_shift) / a, for a of ``alpha``.

    The shift is the least for which G fits its width, and ``size`` of the denominator's. Where all of Q G is 0, also
    because the largest shift leaves nothing of G, any unit will do.
    """
    g_shift = _least_g_shift(config, sums)
    largest = (1 << config.g_shift_bits) - 1
    if not (sums.g.any() and operands["q"].any()):
        return g_shift, config.denominator_limit / size
    alpha = max(alpha, 1e-280)  # smaller is the same: none of G is left
    base = size * 2.0 ** (config.numerator_fraction_bits - g_shift) / alpha
    if base <= config.denominator_limit:
        return g_shift, base / size
    g_shift = min(largest, g_shift + math.ceil(math.log2(base / config.denominator_limit)))
    return g_shift, min(config.denominator_limit / size, 2.0 ** (config.numerator_fraction_bits - g_shift) / alpha)


def _least_g_shift(config, sums):
    """Right shift after which G fits its width."""
    return signed_fit(int(np.max(np.abs(sums.g), initial=0)), config.g)


def _factor_exponent(config, operands, sums, qk_scale):
    """e of `Job`: the least for which every row's factor fits its format, its rounding included."""
    if not config.corrects_terms or not sums.key_residue.any():
        return 0
    peak = peaks(config, operands, qk_scale, sums).factor
    return max(0, math.ceil(math.log2(max(1.0, peak) / (2**FACTOR_INTEGER_BITS - 2**-4))))


def signed_fit(peak: int, form: Int) -> int:
    """Smallest right shift after which ``peak``, rounded, is at most ``form.max``."""
    shift = max(0, peak.bit_length() - form.bits)
    while peak + (1 << shift >> 1) >> shift > form.max:
        shift += 1
    return shift


def quantise_head(config: Config, tensors) -> tuple[Job, dict, dict]:
    """One head from floats: symmetric per-tensor scales, the result's scale from the Taylor attention of the integers.

    The largest result takes the whole range of Z, unless the head's terms cancel each other further than ``bound.py``
    allows.

    Parameters
    ----------
    tensors : mapping
        ``q``, ``k`` (n, d) and ``v`` (n, d_v), float.

    Returns
    -------
    job, operands, scales
        ``scales`` maps ``q k v z`` to the float value of one LSB.

    Raises
    ------
    ValueError
        Tensors that are not such (`InputError`), or scales too far apart for the core.
    """
    tensors = check_tensors(tensors, config, job_fields, operand_segments)
    scales = {name: symmetric_scale(tensors[name], config.operand) for name in "qkv"}
    operands = {name: quantise(tensors[name], scales[name], config.operand) for name in "qkv"}
    qk_scale = scales["q"] * scales["k"]
    ratio = _result_ratio(config, operands, qk_scale)
    scales["z"] = scales["v"] * ratio
    return job_constants(config, operands, qk_scale, ratio), operands, scales


def _result_ratio(config, operands, qk_scale):
    """s_o / s_v: the least for which results fit and the promises of ``bound.py`` hold; 1 for results of zeros."""
    sums = head_sums(config, operands)
    found = peaks(config, operands, qk_scale, sums)
    ratio = max(found.result, found.mean / MEAN, found.spread / SPREAD) / config.result.max
    if found.spread > 0:
        tokens, head_dim = operands["q"].shape
        unit = qk_scale / 2.0 ** (config.mean_fraction_bits + config.numerator_fraction_bits)
        least = config.least_denominator * unit * 2.0 ** _least_g_shift(config, sums)
        ratio = max(ratio, least / (tokens * math.sqrt(head_dim)))
    return ratio or 1.0


def random_job(config: Config, rng: np.random.Generator, wild: float = 0.2, most=None, **sizes) -> tuple[Job, dict]:
    """A job of random operands over the whole range, its sizes given or drawn.

    Parameters
    ----------
    wild : float
        Chance of registers drawn without regard to the operands, which saturate and divide by zero or less.
    most : int
        Bound of the sizes that are drawn.
    sizes : int
        ``tokens``, ``head_dim``, ``value_dim``; what is missing is drawn up to the maximum.
    """
    highs = {"tokens": config.max_tokens, "head_dim": config.max_head_dim, "value_dim": config.max_value_dim}
    tokens, head_dim, value_dim = (
        sizes.get(name) or int(rng.integers(1, min(high, most or high), endpoint=True)) for name, high in highs.items()
    )
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
    peak = peaks(config, operands, qk_scale).result
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
