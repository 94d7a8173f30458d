"""Integers of a stated width: the operand and result formats of every design."""

from dataclasses import dataclass

import numpy as np
from amaranth.hdl import Shape

from attnforge.hdl.numeric.format import CONTAINERS, Format

__all__ = ["Digit", "Int"]

LARGEST_FLOAT = float(np.nextafter(2.0**63, 0))  # that fits int64


@dataclass(frozen=True)
class Int(Format):
    """A two's-complement (or unsigned) integer of ``bits`` bits: its own base, with an exponent of 0.

    Parameters
    ----------
    bits : int
        Width, 2 to 64 (1 is allowed when unsigned).
    signed : bool
        Two's complement when true.

    Raises
    ------
    ValueError
        A width that no stream container holds.
    """

    bits: int
    signed: bool = True
    kind = "int"
    max_exponent = 0

    def __post_init__(self):
        low = 2 if self.signed else 1
        if not isinstance(self.bits, int) or not low <= self.bits <= CONTAINERS[-1]:
            raise ValueError(f"an integer format has {low} to {CONTAINERS[-1]} bits, not {self.bits!r}")

    @property
    def min(self) -> int:
        """Smallest value."""
        return -(1 << (self.bits - 1)) if self.signed else 0

    @property
    def max(self) -> int:
        """Largest value."""
        return (1 << (self.bits - self.signed)) - 1

    @property
    def shape(self) -> Shape:
        """Amaranth's shape of the same width and sign: streams carry values."""
        return Shape(self.bits, self.signed)

    @property
    def base_shape(self) -> Shape:
        """The shape itself."""
        return self.shape

    def decode(self, codes):
        """The values, and exponents of 0."""
        codes = np.asarray(codes, np.int64)
        return codes - ((codes > self.max) * (1 << self.bits)), np.zeros_like(codes)

    def saturate(self, values):
        """Clip integers to the format (int64 array of the same shape)."""
        return np.clip(np.asarray(values), self.min, self.max).astype(np.int64)

    def nearest(self, values, fraction_bits=0):
        """The nearest integers of the format, ties upwards; int64."""
        values = np.asarray(values)
        if np.issubdtype(values.dtype, np.integer):
            values = values.astype(np.int64)
            return self.saturate(((values >> (fraction_bits - 1)) + 1) >> 1 if fraction_bits else values)
        values = np.clip(values.astype(np.float64) * 2.0**-fraction_bits, -LARGEST_FLOAT, LARGEST_FLOAT)
        if np.isnan(values).any():
            raise ValueError("a value to be quantised is not a number")
        below = np.floor(values)
        return self.saturate((below + (values - below >= 0.5)).astype(np.int64))

    def code(self, values, fraction_bits=0):
        """Codes of the nearest integers: their two's complement."""
        return self.nearest(values, fraction_bits) & ((1 << self.bits) - 1)

    def digits(self, bits: int = 4) -> tuple["Digit", ...]:
        """The formats of its digits of ``bits`` bits, the low one first: the value is the sum of theirs.

        Raises
        ------
        ValueError
            The width is no multiple.
        """
        if self.bits % bits:
            raise ValueError(f"{self.bits} bits are no whole number of digits of {bits} bits")
        places = range(0, self.bits, bits)
        return tuple(Digit(bits, self.signed and place == places[-1], place) for place in places)

    def random(self, rng: np.random.Generator, shape) -> np.ndarray:
        """Integers drawn evenly from the whole range, int64."""
        return rng.integers(self.min, self.max, size=shape, endpoint=True, dtype=np.int64)


@dataclass(frozen=True)
class Digit(Format):
    """A digit of a wider integer: an integer with a fixed exponent, so that narrow multipliers make wide products.

    Parameters
    ----------
    bits : int
    signed : bool
        Only the highest digit of a signed integer is.
    place : int
        Its exponent: the bits below it.
    """

    bits: int
    signed: bool
    place: int
    kind = "digit"

    @property
    def max_exponent(self) -> int:
        """The place."""
        return self.place

    @property
    def name(self) -> str:
        """As of other formats, with the place: ``digit4s@4``."""
        return f"{super().name}@{self.place}"

    def decode(self, codes):
        """The digit as an integer, and the place."""
        base, _ = Int(self.bits, self.signed).decode(codes)
        return base, np.full_like(base, self.place)
