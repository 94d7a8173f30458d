"""The contract of the ViTALiTy core once more, one output at a time in Python's fractions: slow, and plain to read."""

from fractions import Fraction
from math import floor

import numpy as np


def nearest(value):
    """Nearest integer, ties upwards."""
    return floor(value + Fraction(1, 2))


def clip(value, bits):
    """Saturated to a signed integer of ``bits`` bits."""
    return max(-(1 << bits - 1), min((1 << bits - 1) - 1, value))


def exact(config, job, operands):
    """Outputs, and the number of rows whose denominator is zero or less."""
    q, k, v = ([[int(x) for x in row] for row in operands[name]] for name in "qkv")
    tokens, features, columns = range(job.tokens), range(job.head_dim), range(job.value_dim)
    unit = 1 << config.mean_fraction_bits
    mean = [nearest(Fraction(sum(k[t][f] for t in tokens) * unit, job.tokens)) for f in features]
    centred = [[k[t][f] * unit - mean[f] for f in features] for t in tokens]
    residue = [sum(centred[t][f] for t in tokens) for f in features]
    g = [[clip(nearest(Fraction(sum(centred[t][f] * v[t][c] for t in tokens), 1 << job.g_shift)), config.g_bits)
          for c in columns] for f in features]
    scale = Fraction(job.value_multiplier << config.value_shift_offset, 1 << job.value_shift)
    terms = [clip(nearest(sum(v[t][c] for t in tokens) * scale), config.value_term_bits) for c in columns]
    z, nonpositive = np.zeros((job.tokens, job.value_dim), np.int64), 0
    for t in tokens:
        diagonal = sum(q[t][f] * residue[f] for f in features)
        diagonal *= Fraction(job.key_sum_multiplier, 1 << job.key_sum_shift)
        denominator, row_terms = job.denominator_base, terms
        if config.row_denominator:
            denominator += clip(nearest(diagonal), config.denominator_bits + 1)
        elif config.key_sum:
            moved = clip(nearest(diagonal * 2**config.factor_offset), config.factor.bits + 1)
            factor = clip(job.factor_base - moved, config.factor.bits)
            row_terms = [floor(Fraction(term * factor, 1 << config.factor_fraction_bits)) for term in terms]
        denominator = min(denominator, (1 << config.denominator_bits) - 1)
        if denominator <= 0:
            nonpositive += 1
            continue
        for c in columns:
            product = sum(q[t][f] * g[f][c] for f in features)
            numerator = (product << config.numerator_fraction_bits) + row_terms[c]
            z[t, c] = clip(nearest(Fraction(numerator, denominator)), config.out_bits)
    return z, nonpositive
