"""How far two tensors are apart, in the few numbers that reports print."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Distance:
    """Distance of a tensor from its reference.

    Attributes
    ----------
    cosine : float
        Cosine of the angle between the two, taken as vectors: 1 when they differ by a positive factor alone.
    relative : float
        Norm of the difference over the norm of the reference.
    max_lsb : float
        Largest difference of one element, in units of ``lsb``.
    within_one : float
        Share of the elements that differ by at most one unit.
    """

    cosine: float
    relative: float
    max_lsb: float
    within_one: float

    @property
    def sqnr(self):
        """Energy of the reference over that of the difference, in dB."""
        with np.errstate(divide="ignore"):
            return float(-20 * np.log10(self.relative))


def distance(actual, reference, *, lsb=1.0):
    """Measure ``actual`` against ``reference``, elementwise errors counted in units of ``lsb``.

    Two tensors of zeros have cosine 1 and relative distance 0; a non-zero one against zeros has cosine 0 and an
    infinite relative distance.

    Raises
    ------
    ValueError
        The shapes differ.
    """
    actual, reference = (np.asarray(tensor, dtype=np.float64) for tensor in (actual, reference))
    if actual.shape != reference.shape:
        raise ValueError(f"Can't compare shape {actual.shape} with {reference.shape}")
    error = np.abs(actual - reference)
    norms = np.linalg.norm(actual), np.linalg.norm(reference)
    if not all(norms):
        same = norms[0] == norms[1]
        cosine, relative = float(same), 0.0 if same else float("inf") if not norms[1] else 1.0
    else:
        cosine = float((actual * reference).sum() / (norms[0] * norms[1]))
        relative = float(np.linalg.norm(error) / norms[1])
    # A tie at exactly one unit may come out one rounding of float64 above it.
    within_one = float((error <= lsb * (1 + 1e-9)).mean())
    return Distance(cosine, relative, float(error.max() / lsb), within_one)
