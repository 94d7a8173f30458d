"""Checks that every reference function makes on the tensors of one head."""

import numpy as np


def as_head(query, key, value, *, square=True):
    """Return one head's tensors as float64 after checking that their shapes belong together.

    Parameters
    ----------
    query, key : array_like, tokens x head_dim
    value : array_like, tokens x value_dim
    square : bool
        There are as many queries as keys.

    Returns
    -------
    query, key, value : float64 arrays

    Raises
    ------
    ValueError
        A tensor is not a matrix, is empty, or the shapes disagree; the message holds all three shapes.
    """
    head = tuple(np.asarray(tensor, dtype=np.float64) for tensor in (query, key, value))
    query, key, value = head
    shapes = f"query {query.shape}, key {key.shape}, value {value.shape}"
    if any(tensor.ndim != 2 or tensor.size == 0 for tensor in head):
        raise ValueError(f"A head needs three non-empty matrices, not {shapes}")
    if square and query.shape != key.shape or len(value) != len(key):
        raise ValueError(f"A head needs query and key of one shape and as many values as keys, not {shapes}")
    if query.shape[1] != key.shape[1]:
        raise ValueError(f"A head needs query and key of as many features, not {shapes}")
    return head


def score_scale(head_dim, scale):
    """Return ``scale``, or the papers' 1/sqrt(d) when it is None.

    Raises
    ------
    ValueError
        The scale is not a positive finite number.
    """
    if scale is None:
        return 1.0 / np.sqrt(head_dim)
    if not (np.isfinite(scale) and scale > 0):
        raise ValueError(f"Score scale must be a positive number, not {scale!r}")
    return float(scale)
