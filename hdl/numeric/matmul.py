"""The exact product of integer matrices."""

import numpy as np

__all__ = ["exact_matmul"]


def exact_matmul(left, right) -> np.ndarray:
    """``left @ right`` of integer arrays, int64. Through float64, for BLAS: exact while sums are below 2**53."""
    return (np.asarray(left, np.float64) @ np.asarray(right, np.float64)).astype(np.int64)
