"""Integers of a stated width: the operand and result formats of every design."""

from dataclasses import dataclass

import numpy as np
from amaranth.hdl import Shape

__all__ = ["Int"]

CONTAINERS = (4, 8, 16, 32, 64)


@dataclass(frozen=True)
class Int:
    """A two's-complement (or unsigned) integer of ``bits`` bits.

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
        """Amaranth's shape of the same width and sign."""
        return Shape(self.bits, self.signed)

    @property
    def container_bits(self) -> int:
        """Bits that one element takes in a beat: a nibble, a byte, two, four or eight bytes."""
        return next(size for size in CONTAINERS if size >= self.bits)

    def elements(self, beat_bytes: int) -> int:
        """Elements in a beat of ``beat_bytes`` bytes."""
        return beat_bytes * 8 // self.container_bits

    def saturate(self, values):
        """Clip integers to the format (int64 array of the same shape)."""
        return np.clip(np.asarray(values), self.min, self.max).astype(np.int64)

    def random(self, rng: np.random.Generator, shape) -> np.ndarray:
        """Integers drawn evenly from the whole range, int64."""
        return rng.integers(self.min, self.max, size=shape, endpoint=True, dtype=np.int64)
