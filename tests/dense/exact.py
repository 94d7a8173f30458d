"""The contract of the dense core once more, one output at a time in Python's integers and fractions: plain to read."""

from fractions import Fraction
from math import floor

import numpy as np


def nearest(value):
    """Nearest integer, ties upwards."""
    return floor(value + Fraction(1, 2))


def clip(value, bits):
    """Saturated to a signed integer of ``bits`` bits."""
    return max(-(1 << bits - 1), min((1 << bits - 1) - 1, value))


def low_bits(value, bits):
    return int(value) & ((1 << bits) - 1)


def dot(left, right):
    return sum(int(a) * int(b) for a, b in zip(left, right, strict=True))


def power(config, steps):
    """The table's entry: the integer nearest to the peak times 2 to minus ``steps`` steps of the fraction."""
    peak, unit = (1 << config.probability_bits) - 1, 1 << config.score_fraction_bits
    # The largest t that is not above peak 2^(-steps / unit) + 1/2, by whole powers: (2 t - 1)^unit 2^steps against
    # (2 peak)^unit.
    low, high = 1, peak
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if (2 * middle - 1) ** unit << steps <= (2 * peak) ** unit else (low, middle - 1)
    return low


def row(config, job, query, number, k, v):
    """Results of query ``number``: the weighted mean of the values that it sees, scaled and rounded once."""
    seen = [key for key in range(job.keys) if job.first_key <= key < job.key_limit
            and not (job.causal and key > number + job.causal_offset)]
    if not seen:
        return [0] * job.value_dim
    unit = Fraction(job.score_multiplier, 1 << job.score_shift)
    lowest = -(1 << config.score_bits - 1) + 1
    scores = {key: max(lowest, clip(nearest(dot(query, k[key]) * unit), config.score_bits)) for key in seen}
    weights = {}
    for key, score in scores.items():
        whole, steps = divmod(max(scores.values()) - score, 1 << config.score_fraction_bits)
        weights[key] = nearest(Fraction(power(config, steps), 1 << whole))
    total = sum(weights.values())
    mantissa = Fraction(total, 1 << total.bit_length())  # from a half up to 1
    multiplier = nearest(Fraction(job.out_multiplier) / mantissa)
    scale = Fraction(multiplier, 1 << job.out_shift + total.bit_length())
    return [clip(nearest(sum(weight * int(v[key][column]) for key, weight in weights.items()) * scale), config.out_bits)
            for column in range(job.value_dim)]


def channel(config, x, column, parameters):
    """Results of one channel of a linear layer."""
    multiplier = low_bits(parameters[0], config.multiplier_bits)
    shift = low_bits(parameters[1], 6)
    bias = low_bits(parameters[2], config.channel_scale.bias_bits)
    bias -= bias >> config.channel_scale.bias_bits - 1 << config.channel_scale.bias_bits
    return [clip(nearest(Fraction((dot(line, column) + bias) * multiplier, 1 << shift)), config.out_bits) for line in x]


def exact(config, job, operands):
    """All results of a job."""
    if job.linear:
        columns = [channel(config, operands["x"], column, parameters) for column, parameters in
                   zip(operands["w"].T, operands["parameters"], strict=True)]
        return np.array(columns).T
    return np.array([row(config, job, query, number, operands["k"], operands["v"])
                     for number, query in enumerate(operands["q"])])
