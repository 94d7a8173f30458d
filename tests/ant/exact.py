"""The contract of the ANT core once more, one output at a time in Python's integers and fractions: plain to read."""

from fractions import Fraction
from math import floor

import numpy as np

from attnforge.hdl.numeric import Int
from tests.numeric.tables import table


def exact(config, job, operands):
    """One job in Python's integers and fractions, from the written tables of values."""
    a_form, w_form = config.activations[job.a_type], config.weights[job.w_type]
    o_form = config.results[job.o_type]

    def value(form, code):
        return int(code) if isinstance(form, Int) else table(form)[int(code)]

    grid = None if isinstance(o_form, Int) else sorted(set(table(o_form)))
    results = np.zeros((job.m, job.n), np.int64)
    for row, column in np.ndindex(job.m, job.n):
        pairs = zip(operands["a"][row], operands["w"][:, column], strict=True)
        total = sum(value(a_form, a) * value(w_form, w) for a, w in pairs)
        multiplier, shift, bias = map(int, operands["parameters"][column])
        scaled = Fraction((total + bias) * multiplier, 2**shift)
        if grid is None:
            results[row, column] = min(max(floor(scaled + Fraction(1, 2)), o_form.min), o_form.max)
        else:
            nearest = max(grid, key=lambda item: (-abs(scaled - item), item))
            results[row, column] = table(o_form).index(nearest)
    return results
