"""Number formats and rounding: shape, and NumPy codes and values of each."""

from .flint import Flint
from .format import Format
from .formats import KINDS, base_shape, max_exponent
from .integer import Digit, Int
from .layout import pack, row_beats, unpack
from .minifloat import Float
from .pot import Pot
from .quantise import fixed_multiplier, quantise, symmetric_scale
from .rounding import Rounding, round_divide, round_shift
from .sign_magnitude import SignMagnitude

__all__ = [
    "KINDS",
    "Digit",
    "Flint",
    "Float",
    "Format",
    "Int",
    "Pot",
    "Rounding",
    "SignMagnitude",
    "base_shape",
    "fixed_multiplier",
    "max_exponent",
    "pack",
    "quantise",
    "round_divide",
    "round_shift",
    "row_beats",
    "symmetric_scale",
    "unpack",
]
