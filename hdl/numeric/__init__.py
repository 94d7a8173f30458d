"""Number formats and rounding: shape, and NumPy codes and values of each."""

from attnforge.hdl.numeric.exponential import exponential_table, exponentials
from attnforge.hdl.numeric.flint import Flint
from attnforge.hdl.numeric.format import Format
from attnforge.hdl.numeric.formats import KINDS, base_shape, max_exponent
from attnforge.hdl.numeric.integer import Digit, Int
from attnforge.hdl.numeric.layout import pack, row_beats, unpack
from attnforge.hdl.numeric.matmul import exact_matmul
from attnforge.hdl.numeric.minifloat import Float
from attnforge.hdl.numeric.pot import Pot
from attnforge.hdl.numeric.quantise import fixed_multiplier, quantise, symmetric_scale
from attnforge.hdl.numeric.rounding import Rounding, round_divide, round_shift
from attnforge.hdl.numeric.selection import Selection, enabled_formats, select
from attnforge.hdl.numeric.sign_magnitude import SignMagnitude
from attnforge.hdl.numeric.tensors import InputError, float_tensors, integer_tensors, real_numbers

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
