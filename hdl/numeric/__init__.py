"""Number formats and rounding: shape, and NumPy codes and values of each."""

from .exponential import exponential_table, exponentials
from .flint import Flint
from .format import Format
from .formats import KINDS, base_shape, max_exponent
from .integer import Digit, Int
from .layout import pack, row_beats, unpack
from .matmul import exact_matmul
from .minifloat import Float
from .pot import Pot
from .quantise import fixed_multiplier, quantise, symmetric_scale
from .rounding import Rounding, round_divide, round_shift
from .selection import Selection, enabled_formats, select
from .sign_magnitude import SignMagnitude
from .tensors import InputError, float_tensors, integer_tensors, real_numbers

__all__ = [
    "KINDS",
    "Digit",
    "Flint",
    "Float",
    "Format",
    "InputError",
    "Int",
    "Pot",
    "Rounding",
    "Selection",
    "SignMagnitude",
    "base_shape",
    "enabled_formats",
    "exact_matmul",
    "exponential_table",
    "exponentials",
    "fixed_multiplier",
    "float_tensors",
    "integer_tensors",
    "max_exponent",
    "pack",
    "quantise",
    "real_numbers",
    "round_divide",
    "round_shift",
    "row_beats",
    "select",
    "symmetric_scale",
    "unpack",
]
