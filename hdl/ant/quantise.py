"""From float tensors to a job: types and scales of operands and results, parameters of the channels."""

import numpy as np

from attnforge.hdl.ant.config import CODE_BITS, Config
from attnforge.hdl.ant.job import Job, job_fields, operand_segments
from attnforge.hdl.contract.job_check import check_job, check_tensors
from attnforge.hdl.numeric import Int, select

__all__ = ["channel_kinds", "quantise_gemm"]

WIDE_RESULT_BITS = 16
"""More bits of a wide result than the scale multiplier has would be of no use."""


def quantise_gemm(
    config: Config,
    tensors,
    *,
    bits=CODE_BITS,
    weight_bits=None,
    kinds=None,
    weight_kinds=None,
    percents=None,
    result_bits=None,
    relu=False,
    whole=False,
) -> tuple[Job, dict, dict]:
    """One product from floats: types of least squared error, a scale per channel of W, one each for A and results.

    A channel whose bias is too large for its field in steps of such a scale gets a larger one.

    Parameters
    ----------
    config : Config
    tensors : mapping
        ``a`` (m, k) and ``w`` (k, n), float; ``bias`` (n,), if there is one.
    bits, weight_bits : int
        Of the operands: 4 or 8. W's are A's by default.
    kinds, weight_kinds : sequence of str
        Types of 4 bits to choose from, such as ``("int", "flint")``: for all tensors, and for W if it is to differ.
        All that the core has by default.
    percents : sequence of int
        Where the largest value may lie, in percent of a tensor's peak; see `attnforge.hdl.numeric.select`.
    result_bits : int
        4, 8, or ``config.wide_bits`` for results that are not encoded. A's by default.
    relu : bool
        Results are unsigned, so that those below zero become zero.
    whole : bool
        Allow more columns than the core takes: `attnforge.hdl.ant.lowering.split` makes jobs of it that it takes.

    Returns
    -------
    job, operands, scales
        ``scales`` maps ``a w c`` to the float value of one step: w's is (n,).

    Raises
    ------
    ValueError
        A width, a sign or a type that the core does not have, or tensors that are not such (`InputError`).
    """
    beyond = ("n",) if whole else ()
    tensors = check_tensors(tensors, config, job_fields, operand_segments, beyond=beyond, a_type=0, w_type=0)
    a, w = tensors["a"], tensors["w"]
    bias = tensors.get("bias", np.zeros(w.shape[1]))
    unsigned = config.unsigned and a.min() >= 0
    a_forms = _choices(config.activations, bits, not unsigned, kinds)
    w_forms = _choices(config.weights, weight_bits or bits, True, weight_kinds or kinds)
    chosen = {"a": select(a, a_forms, percents=percents), "w": select(w, w_forms, axis=1, percents=percents)}
    forms = {name: selection.forms[int(np.ravel(selection.tags)[0])] for name, selection in chosen.items()}
    scales = {name: selection.scales for name, selection in chosen.items()}
    scales["a"] = float(scales["a"])
    codes = {name: selection.codes.astype(np.int64) for name, selection in chosen.items()}
    room = config.channel_scale.bias_room(scales["a"] * scales["w"], bias, w)
    scales["w"] = scales["w"] * room
    small = room != 1
    codes["w"][:, small] = forms["w"].code(w[:, small] / scales["w"][small])
    values = {name: forms[name].value(codes[name]) for name in "aw"}

    sums = scales["a"] * scales["w"]  # the value of one step of a channel's sum
    steps = config.channel_scale.steps(bias, sums)
    product = (values["a"] @ values["w"] + steps) * sums
    if relu:
        product = np.maximum(product, 0)
    choices = _choices(config.results, result_bits or bits, not relu, kinds)
    if choices == (config.wide,):
        forms["c"] = config.wide
        peak = float(np.abs(product).max(initial=0.0))
        scales["c"] = peak / min(config.wide.max, (1 << WIDE_RESULT_BITS - 1) - 1) or 1.0
    else:
        selection = select(product, choices, percents=percents)
        forms["c"], scales["c"] = choices[int(selection.tags)], float(selection.scales)
    job = Job(
        a.shape[0],
        a.shape[1],
        w.shape[1],
        config.activations.index(forms["a"]),
        config.weights.index(forms["w"]),
        config.results.index(forms["c"]),
    )
    operands = {name: values[name] if isinstance(forms[name], Int) else codes[name] for name in "aw"}
    operands["parameters"] = config.channel_scale.parameters(sums / scales["c"], steps)
    return check_job(job, job_fields(config), beyond), operands, scales


def channel_kinds(config: Config, w, *, bits=CODE_BITS, percents=None) -> dict[str, np.ndarray]:
    """Columns of W by the type that suits each of them best, of those that the core has.

    A job has one type of weights: columns of a type make a job of their own, with ``weight_kinds`` of that type.
    """
    forms = _choices(config.weights, bits, True, None)
    tags = select(w, forms, axis=1, per_channel=True, percents=percents).tags
    found = {form.kind: np.flatnonzero(tags == tag) for tag, form in enumerate(forms)}
    return {kind: columns for kind, columns in found.items() if columns.size}


def _choices(forms, bits, signed, kinds):
    """Those of ``forms`` that have a width, a sign, and where codes have types, one of ``kinds`` if these are given."""
    found = tuple(form for form in forms if form.bits == bits and form.signed == signed)
    if kinds and bits == CODE_BITS:
        found = tuple(form for form in found if form.kind in kinds)
    if not found:
        sign, kind = "signed" if signed else "unsigned", " or ".join(kinds or ["type"])
        have = ", ".join(form.name for form in forms)
        raise ValueError(f"the core has no {sign} {kind} of {bits} bits here; it has {have}")
    return found
