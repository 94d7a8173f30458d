"""A job of the ANT core: one matrix product, its registers, and random ones for the tests."""

from dataclasses import dataclass

import numpy as np

from attnforge.hdl.ant.config import CODE_BITS, Config
from attnforge.hdl.contract.design import Field, Segment
from attnforge.hdl.numeric import Int, exact_matmul, row_beats
from attnforge.hdl.parts.arithmetic.channel_scale import PARAMETER, SHIFT_BITS, ChannelScale

__all__ = ["Job", "counters", "job_fields", "kept_rows", "operand_segments", "random_job", "result_segments"]

RANDOM_SIZE = 70


@dataclass(frozen=True)
class Job:
    """The registers of one product A W, A of M x K and W of K x N; types by their numbers in the config's lists."""

    m: int
    k: int
    n: int
    a_type: int
    w_type: int
    o_type: int


def job_fields(config: Config) -> tuple[Field, ...]:
    """The job registers in register order, with the ranges that START accepts."""

    def names(forms):
        return ", ".join(f"{number} {form.name}" for number, form in enumerate(forms))

    def types(name, forms, doc):
        return Field(name, max(1, (len(forms) - 1).bit_length()), 0, len(forms) - 1, f"type of {doc}: {names(forms)}")

    return (
        Field("m", config.max_m.bit_length(), 1, config.max_m, "M, rows of A"),
        Field("k", config.max_k.bit_length(), 1, config.max_k, "K, columns of A and rows of W"),
        Field("n", config.max_n.bit_length(), 1, config.max_n, "N, columns of W"),
        types("a_type", config.activations, "A"),
        types("w_type", config.weights, "W"),
        types("o_type", config.results, "the results"),
    )


def counters(config: Config) -> tuple[Field, ...]:
    """What is counted for every job beside cycles, stalls and products: nothing."""
    return ()


def operand_segments(config: Config, job: Job) -> tuple[Segment, ...]:
    """Parameters and W first: they stay for the job, while A streams through in blocks of rows."""
    return (
        ChannelScale.segment(job.n),
        Segment("w", (job.k, job.n), config.weights[job.w_type]),
        Segment("a", (job.m, job.k), config.activations[job.a_type]),
    )


def kept_rows(config: Config, job: Job, beats: int) -> int:
    """Rows of results that leave when the operand beat after ``beats`` good ones is an early or a missing ``last``.

    They are those of the blocks of rows of A that are complete.
    """
    *stay, a = operand_segments(config, job)
    beats -= sum(segment.shape[0] * row_beats(segment, config.beat_bytes) for segment in stay)
    block = config.rows // (1 + (a.format.bits > CODE_BITS))
    return max(0, beats) // row_beats(a, config.beat_bytes) // block * block


def result_segments(config: Config, job: Job) -> tuple[Segment, ...]:
    """The product alone."""
    return (Segment("c", (job.m, job.n), config.results[job.o_type]),)


def random_codes(form, rng, shape) -> np.ndarray:
    """Any codes of a type, values if it is an integer."""
    return form.random(rng, shape) if isinstance(form, Int) else rng.integers(0, 1 << form.bits, shape)


def random_job(
    config: Config, rng: np.random.Generator, wild: float = 0.1, most=RANDOM_SIZE, **fields
) -> tuple[Job, dict]:
    """A job of random operands over all codes; what is not among ``fields`` is drawn.

    Parameters
    ----------
    wild : float
        Chance of parameters drawn without regard to the operands.
    most : int
        Bound of the sizes that are drawn.
    fields : int
        Any registers of the job.
    """
    drawn = {
        field.name: fields.get(field.name, int(rng.integers(field.low, min(field.high, most), endpoint=True)))
        for field in job_fields(config)
    }
    job = Job(**drawn)
    a, w = config.activations[job.a_type], config.weights[job.w_type]
    operands = {"a": random_codes(a, rng, (job.m, job.k)), "w": random_codes(w, rng, (job.k, job.n))}
    if rng.random() < wild:
        return job, operands | {"parameters": PARAMETER.random(rng, (job.n, 3))}
    sums = exact_matmul(a.value(operands["a"]), w.value(operands["w"]))
    bias_peak = max(1, int(np.abs(sums).max()) >> int(rng.integers(0, 6)))
    bias = config.channel_scale.bias.saturate(rng.integers(-bias_peak, bias_peak, job.n, endpoint=True))
    top = config.results[job.o_type].max
    if top >= 1 << 15 and rng.random() < 0.5:
        scale = np.stack([np.ones(job.n, np.int64), np.zeros(job.n, np.int64)], axis=1)  # the sums as they are
    else:
        # Between an eighth of the grid and twice of it, for every channel.
        peaks = np.maximum(np.abs(sums + bias).max(axis=0), 1)
        factors = top / peaks * 2.0 ** rng.uniform(-3, 1, job.n)
        most = (1 << config.multiplier_bits) - 1
        multipliers = rng.integers(most // 2 + 1, most, job.n, endpoint=True)
        shifts = np.clip(np.floor(np.log2(multipliers / factors)), 0, (1 << SHIFT_BITS) - 1).astype(np.int64)
        scale = np.stack([multipliers, shifts], axis=1)
    return job, operands | {"parameters": np.concatenate([scale, bias[:, None]], axis=1)}
