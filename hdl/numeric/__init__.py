"""Number formats and rounding: shape, NumPy values and gates of each."""

from .integer import Int
from .layout import pack, row_beats, unpack
from .quantise import fixed_multiplier, quantise, symmetric_scale
from .rounding import Rounding, round_divide, round_shift

__all__ = [
    "Int",
    "Rounding",
    "fixed_multiplier",
    "pack",
    "quantise",
    "round_divide",
    "round_shift",
    "row_beats",
    "symmetric_scale",
    "unpack",
]
