"""How far the model may be from exact softmax attention of the same integers, in LSBs of the results; see README.md."""

import math

__all__ = ["LIMIT", "error_bound", "needed_probability_bits"]

LIMIT = 2.0
"""LSBs that a core may be off without being called lossy (contract 3 of docs/architecture.md)."""
SIGMAS = 4.0
ROUNDING = 1.25 / 12
"""Variance of an exponential's rounding: half a unit each way after the shift, a quarter in the table before it."""
LOST = 1 / 30
"""Of a unit that each key loses at most, in the mean of a row, since what is below half a unit becomes 0."""
STEEPEST = 1.3
"""Largest d 4 p (1 - p) of two keys that are d octaves apart, p and 1 - p being their weights."""


def error_bound(config) -> float:
    """Largest distance of a head's results from exact softmax attention, in LSBs.

    Parameters
    ----------
    config : Config
        Read are ``max_keys``, ``probability_bits``, ``score_fraction_bits``, ``multiplier_bits`` and ``out_bits``.
    """
    return _bound(config, config.probability_bits)


def needed_probability_bits(config, low: int, high: int) -> int:
    """Fewest bits of an exponential from ``low`` to ``high`` that keep the bound to `LIMIT`; ``low`` if none do."""
    return next((bits for bits in range(low, high + 1) if _bound(config, bits) <= LIMIT), low)


def _bound(config, probability_bits):
    largest = (1 << config.out_bits - 1) - 1  # of the results, in LSBs: that of a value, too
    unit = largest / ((1 << probability_bits) - 1)
    keys, multiplier = config.max_keys, 2.0**-config.multiplier_bits
    score = largest * math.tanh(math.log(2) * (0.5 * 2.0**-config.score_fraction_bits + STEEPEST * multiplier))
    noise = SIGMAS * math.sqrt(ROUNDING * keys * 4 / 3) * unit
    share = LOST * keys * unit / largest  # that is missing where the largest weight is all but alone
    if share >= 1:
        return 2.0 * largest + 1
    lost = 2 * largest * share / (1 - share)
    scales = 2 * multiplier * largest
    parts = max(math.hypot(noise, lost), math.hypot(score, noise / 2, lost / 4))
    return min(0.5 + scales + parts, 2.0 * largest + 1)
