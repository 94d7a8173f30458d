"""A product of quantised matrices with results on a grid, in float64."""

import numpy as np

from attnforge.sim.reference.adaptive import rounded


def quantised_product(a, w, *, a_scale, w_scales, result_scale, grid, bias=0.0):
    """Multiply matrices as ANT's layers do, and round each result once, to the grid of its type.

    Parameters
    ----------
    a, w : integer arrays (m, k), (k, n)
        Values in steps of their types.
    a_scale : float
    w_scales : float array (n,)
        One step's value, of each output channel's weights.
    result_scale : float
    grid : float array
        Values of the result's type in its steps, rising; a result between two goes to the nearer, the upper if neither
        is.
    bias : float or float array (n,)

    Returns
    -------
    float64 array (m, n)
        Values of the grid.
    """
    exact = np.asarray(a, np.float64) @ np.asarray(w, np.float64) * (a_scale * np.asarray(w_scales)) + bias
    return rounded(exact / result_scale, np.asarray(grid, np.float64))
