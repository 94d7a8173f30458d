"""From float tensors to a job: types and scales of operands and results, parameters of the channels."""

import numpy as np

from hdl.numeric import Int, fixed_multiplier, select

from .config import CODE_BITS, Config
from .job import Job
from .model import SHIFT_BITS

__all__ = ["quantise_gemm"]

WIDE_RESULT_BITS = 16
"""More bits of a wide result than the scale multiplier has would be of no use."""


def quantise_gemm(config: Config, tensors, *, bits=CODE_BITS, result_bits=None, relu=False) -> tuple[Job, dict, dict]:
    """One product from floats: types of least squared error, a scale per channel of W, one each for A and results.

    The job may have more columns than the core takes: `hdl.ant.lowering.split` makes jobs of it that it takes.

    Parameters
    ----------
    config : Config
    tensors : mapping
        ``a`` (m, k) and ``w`` (k, n), float; ``bias`` (n,), if there is one.
    bits : int
        Of the operands: 4 or 8.
    result_bits : int
        4, 8, or ``config.wide_bits`` for results that are not encoded. The operands' by default.
    relu : bool
        Results are unsigned, so that those below zero become zero.

    Returns
    -------
    job, operands, scales
        ``scales`` maps ``a w c`` to the float value of one step: w's is (n,).

    Raises
    ------
    ValueError
        A width or a sign that the core does not have, or operands that do not fit each other.
    """
    a, w = (np.asarray(tensors[name], np.float64) for name in ("a", "w"))
    if a.ndim != 2 or w.ndim != 2 or a.shape[1] != w.shape[0]:
        raise ValueError(f"a is (m, k) and w is (k, n), not {a.shape} and {w.shape}")
    bias = np.asarray(tensors.get("bias", np.zeros(w.shape[1])), np.float64)
    unsigned = config.unsigned and a.min() >= 0
    chosen = {
        "a": select(a, _choices(config, config.activations, bits, signed=not unsigned)),
        "w": select(w, _choices(config, config.weights, bits, signed=True), axis=1),
    }
    forms = {name: selection.forms[int(np.ravel(selection.tags)[0])] for name, selection in chosen.items()}
    scales = {name: selection.scales for name, selection in chosen.items()}
    scales["a"] = float(scales["a"])
    codes = {name: selection.codes.astype(np.int64) for name, selection in chosen.items()}
    values = {name: forms[name].value(codes[name]) for name in "aw"}

    sums = scales["a"] * scales["w"]  # the value of one step of a channel's sum
    steps = Int(config.bias_bits).saturate(np.floor(bias / sums + 0.5))
    product = (values["a"] @ values["w"] + steps) * sums
    if relu:
        product = np.maximum(product, 0)
    choices = _choices(config, config.results, result_bits or bits, signed=not relu)
    if choices == (config.wide,):
        forms["c"] = config.wide
        peak = float(np.abs(product).max(initial=0.0))
        scales["c"] = peak / min(config.wide.max, (1 << WIDE_RESULT_BITS - 1) - 1) or 1.0
    else:
        selection = select(product, choices)
        forms["c"], scales["c"] = choices[int(selection.tags)], float(selection.scales)
    pairs = [
        fixed_multiplier(step / scales["c"], config.multiplier_bits, (1 << SHIFT_BITS) - 1) for step in sums.tolist()
    ]
    job = Job(
        a.shape[0],
        a.shape[1],
        w.shape[1],
        config.activations.index(forms["a"]),
        config.weights.index(forms["w"]),
        config.results.index(forms["c"]),
    )
    operands = {name: values[name] if isinstance(forms[name], Int) else codes[name] for name in "aw"}
    operands["parameters"] = np.concatenate([np.array(pairs), steps[:, None]], axis=1)
    return job, operands, scales


def _choices(config, forms, bits, signed):
    """Those of ``forms`` that have a width and a sign."""
    found = tuple(form for form in forms if form.bits == bits and form.signed == signed)
    if not found:
        sign = "signed" if signed else "unsigned"
        have = ", ".join(form.name for form in forms)
        raise ValueError(f"the core has no {sign} type of {bits} bits here; it has {have}")
    return found
