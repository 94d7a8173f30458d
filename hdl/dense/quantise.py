"""From float tensors to a job: what no query sees is left out, K is centred, scales are those of the rest."""

import math
from collections.abc import Mapping

import numpy as np

from attnforge.hdl import numeric
from attnforge.hdl.contract.job_check import check_job, check_tensors
from attnforge.hdl.dense.config import Config
from attnforge.hdl.dense.job import Job, attention_job, job_fields, operand_segments
from attnforge.hdl.dense.masks import kept, seen_keys, seen_queries
from attnforge.hdl.dense.model import narrowed, scaled_scores
from attnforge.hdl.numeric import InputError, Int, exact_matmul, quantise, symmetric_scale

__all__ = ["quantise_job", "visible"]

MASKS = ("first_key", "key_limit", "causal", "causal_offset")
WIDE = Int(63)
"""A format of scores that none of them leaves."""


def quantise_job(config: Config, tensors, **mask) -> tuple[Job, dict, dict]:
    """A head or a linear layer from floats: symmetric scales, per tensor, those of W per channel.

    Rows of a head that its masks hide are zeros, whatever they hold. K is centred: a row of features that is taken from
    all its rows moves all scores of a query alike, and softmax does not change. So the integers of K are of K less
    the middle of what each feature has in the keys that are seen. A channel of W whose bias is too large for its field
    gets a larger scale.

    Parameters
    ----------
    tensors : mapping
        ``q`` (rows, d), ``k`` (keys, d) and ``v`` (keys, d_v), float; or ``x`` (m, k), ``w`` (k, n) and, if there is
        one, ``bias`` (n,).
    mask : int
        ``first_key``, ``key_limit``, ``causal``, ``causal_offset`` of a head.

    Returns
    -------
    job, operands, scales
        ``scales`` maps the names of the tensors to the float value of one LSB.

    Raises
    ------
    ValueError
        Tensors or masks that are not such (`InputError`), but for what is not seen; a scale that does not fit the
        registers; scores so far apart that clipping them to their format would change a weight, unless the core is
        ``lossy``.
    """
    linear = isinstance(tensors, Mapping) and "x" in tensors
    if linear and mask:
        raise InputError(f"a linear layer must come without masks, not with {', '.join(mask)}")

    wrong = [name for name in mask if name not in MASKS]
    if wrong:
        raise InputError(f"a mask must be one of {', '.join(MASKS)}, not {wrong[0]}")

    def hide(floats):
        check_job(_masked_job(floats, mask), job_fields(config))
        return visible(floats, mask)

    floats = check_tensors(tensors, config, job_fields, operand_segments, hide=hide, linear=int(linear))
    if linear:
        return _quantise_linear(config, floats)
    floats["k"] = _centred(floats["k"], _masked_job(tensors, mask))
    scales = {name: symmetric_scale(floats[name], config.operand) for name in "qkv"}
    operands = {name: quantise(floats[name], scales[name], config.operand) for name in "qkv"}
    qk_scale = scales["q"] * scales["k"] / math.sqrt(operands["q"].shape[1])
    job, ratio = attention_job(config, operands, qk_scale, mask)
    if not config.lossy:
        _check_scores(config, job, operands)
    check_job(job, job_fields(config))
    return job, operands, scales | {"z": scales["v"] * ratio}


def visible(tensors, mask) -> dict:
    """Q, K and V as float64, with zeros for queries that see no key and for keys that no query sees.

    Parameters
    ----------
    tensors : mapping
        ``q`` (rows, d), ``k`` (keys, d) and ``v`` (keys, d_v).
    mask : mapping
        As in `quantise_job`.
    """
    job = _masked_job(tensors, mask)
    rows = {"q": seen_queries(job), "k": seen_keys(job), "v": seen_keys(job)}
    found = {}
    for name, seen in rows.items():
        tensor = np.asarray(tensors[name], np.float64)
        found[name] = np.zeros_like(tensor)
        found[name][seen.start : seen.stop] = tensor[seen.start : seen.stop]
    return found


def _masked_job(tensors, mask):
    """A job of the head's queries, keys and masks; its other registers are not read."""
    keys = len(tensors["k"])
    return Job(queries=len(tensors["q"]), keys=keys, **{"key_limit": keys} | dict(mask))


def _centred(keys, job):
    """Keys less the middle of each feature over those that are seen; the others stay zeros."""
    keys = keys.copy()
    seen = keys[seen_keys(job).start : seen_keys(job).stop]
    if len(seen):
        seen -= seen.max(axis=0) / 2 + seen.min(axis=0) / 2
    return keys


def _check_scores(config, job, operands):
    """Refuse scores whose clipping changes a weight."""
    scaled, seen = scaled_scores(job, operands), kept(job)
    narrow = narrowed(config, scaled)
    if not np.any(seen & (scaled != narrow)):
        return

    def weights(values, form):
        values = np.where(seen, values, form.min)
        widths = {"fraction_bits": config.score_fraction_bits, "probability_bits": config.probability_bits}
        return numeric.exponentials(values, values.max(axis=1, keepdims=True), form, **widths)

    if np.any(weights(scaled, WIDE) != weights(narrow, config.score)):
        unit = 2.0**-config.score_fraction_bits
        most = float(np.abs(scaled[seen]).max())
        raise ValueError(
            f"scores must be within {config.score.max * unit:g} octaves of 0 with score_bits {config.score_bits} and "
            f"score_fraction_bits {config.score_fraction_bits}, not up to {most * unit:g}; lossy = true clips them"
        )


def _quantise_linear(config, tensors):
    w = tensors["w"]
    scales = {
        "x": symmetric_scale(tensors["x"], config.operand),
        "w": np.array([symmetric_scale(column, config.operand) for column in w.T]),
    }
    bias = tensors.get("bias", np.zeros(w.shape[1]))
    scales["w"] = scales["w"] * config.channel_scale.bias_room(scales["x"] * scales["w"], bias, w)
    x, w = (quantise(tensors[name], scales[name], config.operand) for name in "xw")
    unit = scales["x"] * scales["w"]  # of a channel's sum
    bias = config.channel_scale.steps(bias, unit)
    values = (exact_matmul(x, w) + bias) * unit
    scales["y"] = symmetric_scale(values, config.result)
    parameters = config.channel_scale.parameters(unit / scales["y"], bias)
    job = Job(queries=len(x), linear=1, depth=x.shape[1], channels=w.shape[1])
    return check_job(job, job_fields(config)), {"parameters": parameters, "w": w, "x": x}, scales
