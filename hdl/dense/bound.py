"""How far the model may be from exact softmax attention of the same integers, in LSBs of the results.

`bound` sizes a core: for heads of keys that are spread, and results as large as V. `job_bound` is that of one head, and
takes nothing for granted. README.md has both derivations.
"""

import math

from attnforge.hdl.dense.masks import seen_keys

__all__ = ["MOST", "bound", "check_bound", "job_bound", "needed_probability_bits"]

MOST = 2  # LSBs; beyond it a config says that it is lossy
SIGMAS = 4.0
ROUNDING = 1.25 / 12
"""Variance of an exponential's rounding: half a unit each way after the shift, a quarter in the table before it."""
LOST = 1 / 30
"""Of a unit that each key loses at most, in the mean of a row, since what is below half a unit becomes 0."""
MOST_ROUNDING = 0.75
"""Of a unit, by which an exponential is off at most: a half after the shift, a quarter in the table before it."""
STEEPEST = 1.3
"""Largest d 4 p (1 - p) of two keys that are d octaves apart, p and 1 - p being their weights."""


def shares(config, probability_bits=None) -> dict[str, float]:
    """What each width adds to the bound, in LSBs of the results, by the config field that makes it smaller.

    Weights' rounding is worst in a row with one large weight, that of scores in a row with two: the larger counts.
    """
    bits = config.probability_bits if probability_bits is None else probability_bits
    largest = (1 << config.out_bits - 1) - 1  # of the results, in LSBs: that of a value, too
    unit = largest / ((1 << bits) - 1)
    keys, multiplier = config.max_keys, 2.0**-config.multiplier_bits
    scales = 2 * multiplier * largest
    share = LOST * keys * unit / largest  # that is missing where the largest weight is all but alone
    if share >= 1:
        return {"probability_bits": 2.0 * largest, "score_fraction_bits": 0.0, "multiplier_bits": scales}
    score = largest * math.tanh(math.log(2) * (0.5 * 2.0**-config.score_fraction_bits + STEEPEST * multiplier))
    noise = SIGMAS * math.sqrt(ROUNDING * keys * 4 / 3) * unit
    lost = 2 * largest * share / (1 - share)
    alone, two = math.hypot(noise, lost), math.hypot(score, noise / 2, lost / 4)
    worst = "probability_bits" if alone >= two else "score_fraction_bits"
    none = {"probability_bits": 0.0, "score_fraction_bits": 0.0}
    return none | {worst: max(alone, two), "multiplier_bits": scales}


def bound(config, probability_bits=None) -> float:
    """Largest distance of a head's results from exact softmax attention of the same integers, in LSBs of the results.

    Parameters
    ----------
    config : Config
        Read are ``max_keys``, ``score_fraction_bits``, ``multiplier_bits``, ``out_bits``, and ``probability_bits`` if
        there is none beside.
    probability_bits : int, optional
    """
    return min(0.5 + sum(shares(config, probability_bits).values()), 2.0 ** config.out_bits)


def job_bound(config, job) -> float:
    """Largest distance of this head's results from exact softmax attention of its integers, in LSBs of the results.

    It holds for all operands, equal keys and attention sinks among them, if no score that matters was clipped.

    Parameters
    ----------
    config : Config
    job : Job
        Read are the keys that are seen and the output scale, which is not smaller than the exact results need.
    """
    value = -config.operand.min * job.out_multiplier * 2.0**-job.out_shift  # the largest of V, in LSBs of the results
    octaves = config.probability_bits + 2  # a key that is further from the largest score has no weight
    multiplier = 2.0**-config.multiplier_bits
    score = 2 * math.tanh(math.log(2) / 2 * (0.5 * 2.0**-config.score_fraction_bits + octaves * multiplier))
    weights = 2 * MOST_ROUNDING * max(len(seen_keys(job)) - 1, 0) / ((1 << config.probability_bits) - 1)
    return min(0.5 + value * (score + min(weights, 2) + 2 * multiplier), 2.0**config.out_bits)


def needed_probability_bits(config, low: int, high: int) -> int:
    """Fewest bits of an exponential from ``low`` to ``high`` that keep the bound to `MOST`; ``low`` if none do."""
    return next((bits for bits in range(low, high + 1) if bound(config, bits) <= MOST), low)


def check_bound(config):
    """Refuse a config of more than `MOST` LSBs that does not say ``lossy``.

    Raises
    ------
    ValueError
    """
    if config.lossy or (found := bound(config)) <= MOST:
        return
    share = shares(config)
    field = max(share, key=share.get)
    fewer = " or lower max_keys" * (field == "probability_bits")
    raise ValueError(
        f"{field} of {getattr(config, field)} leaves results up to {found:.1f} LSB off, and {MOST} are allowed: "
        f"raise {field}{fewer}, or set lossy = true"
    )
