"""Bit-exact NumPy model of the ANT core: exact sums, and one rounding onto the grid of the result's type."""

import numpy as np

from attnforge.hdl.ant.config import Config
from attnforge.hdl.numeric import Int, exact_matmul

__all__ = ["model", "scaled_halves"]


def scaled_halves(config: Config, sums, parameters) -> np.ndarray:
    """Sums scaled by their channel's parameters, in half steps of the result's grid, rounded down and saturated.

    Every midpoint between two values of a grid is a whole number of half steps, so that rounding down to half steps
    decides nothing: the one rounding of a result is the encoder's.

    Parameters
    ----------
    config : Config
    sums : int64 array (m, n)
    parameters : integer array (n, 3)
        Multiplier, shift and bias of every channel; bits above those that the core has are not read.
    """
    multiplier, shift, bias = config.channel_scale.read(parameters)
    return config.halves.saturate(((sums + bias) * multiplier << 1) >> shift)


def model(config: Config, job, operands) -> dict[str, np.ndarray]:
    """Results of one product.

    Parameters
    ----------
    config : Config
    job : Job
    operands : mapping
        ``parameters`` (n, 3), ``w`` (k, n) and ``a`` (m, k); integers as values, other types as codes.

    Returns
    -------
    dict
        ``c``: int64 (m, n), values of an integer ``o_type``, codes of others.
    """
    a = config.activations[job.a_type].value(operands["a"])
    w = config.weights[job.w_type].value(operands["w"])
    halves = scaled_halves(config, exact_matmul(a, w), operands["parameters"])
    form = config.results[job.o_type]
    return {"c": form.nearest(halves, 1) if isinstance(form, Int) else form.code(halves, 1)}
