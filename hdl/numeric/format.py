"""What all number formats have in common: a code of a few bits, and the value that it stands for."""

from functools import cached_property

import numpy as np
from amaranth.hdl import Shape

__all__ = ["Format"]

CONTAINERS = (4, 8, 16, 32, 64)
MOST_GRID_BITS = 16


class Format:
    """A format of ``bits`` bits: frozen dataclasses with the fields ``bits`` and ``signed`` derive from it.

    A code is the bit pattern, 0 to ``2**bits - 1``, whatever the sign. Every format decodes into a small integer
    ``base`` and an exponent: ``value = base << exponent``, so values are integers, their smallest step 1, and a
    product of any two formats is the product of the bases, shifted by the sum of the exponents. What is here works on
    tables of all codes, for formats of up to 16 bits; a subclass gives ``kind``, ``decode`` and, if it knows more,
    the rest.
    """

    kind: str
    """What the command line calls the formats of a class."""

    def decode(self, codes) -> tuple[np.ndarray, np.ndarray]:
        """Base and exponent of codes, int64; what the gates of `attnforge.hdl.parts.arithmetic.decoder` give."""
        raise NotImplementedError

    def value(self, codes) -> np.ndarray:
        """Values of codes, int64."""
        base, exponent = self.decode(codes)
        return base << exponent

    def code(self, values, fraction_bits: int = 0) -> np.ndarray:
        """Codes of the nearest values: ties to the larger value, also below zero; saturating; int64.

        Where two codes have one value, which only zero does, it is the smaller code.

        Parameters
        ----------
        values : float or integer array
            In units of the format's smallest step; infinities saturate.
        fraction_bits : int
            Of integers: ``values / 2**fraction_bits`` is what is rounded.

        Raises
        ------
        ValueError
            A value is not a number.
        """
        return self._grid_codes[self._ranks(values, fraction_bits)]

    def nearest(self, values, fraction_bits: int = 0) -> np.ndarray:
        """The nearest values of the format, int64; parameters as those of `code`."""
        return self.grid[self._ranks(values, fraction_bits)]

    @cached_property
    def grid(self) -> np.ndarray:
        """All values, rising, each once; not to be written to."""
        grid = self.value(self._grid_codes)
        grid.flags.writeable = False
        return grid

    @property
    def name(self) -> str:
        """Kind, width and sign in a word, such as ``flint4u``."""
        return f"{self.kind}{self.bits}{'s' if self.signed else 'u'}"

    @property
    def min(self) -> int:
        """Smallest value."""
        return int(self.grid[0])

    @property
    def max(self) -> int:
        """Largest value."""
        return int(self.grid[-1])

    @property
    def shape(self) -> Shape:
        """Amaranth's shape of a code, as streams and ports carry it."""
        return Shape(self.bits)

    @cached_property
    def base_shape(self) -> Shape:
        """The narrowest shape that holds every base."""
        base, _ = self.decode(self._all_codes)
        return shape_of_range(int(base.min()), int(base.max()))

    @cached_property
    def max_exponent(self) -> int:
        """Largest exponent."""
        return int(self.decode(self._all_codes)[1].max())

    @property
    def container_bits(self) -> int:
        """Bits that one element takes in a beat: a nibble, a byte, two, four or eight bytes."""
        return next(size for size in CONTAINERS if size >= self.bits)

    def elements(self, beat_bytes: int) -> int:
        """Elements in a beat of ``beat_bytes`` bytes."""
        return beat_bytes * 8 // self.container_bits

    @property
    def _all_codes(self):
        if self.bits > MOST_GRID_BITS:
            raise ValueError(f"a table of all values is for up to {MOST_GRID_BITS} bits, not {self.bits}")
        return np.arange(1 << self.bits)

    @cached_property
    def _grid_codes(self):
        """The codes of the grid; the smaller one of equal values."""
        codes = self._all_codes
        return codes[np.unique(self.value(codes), return_index=True)[1]]

    def _ranks(self, values, fraction_bits):
        """Places in the grid: how many of the midpoints between neighbours lie at or below each value."""
        values = np.asarray(values)
        doubled = self.grid[:-1] + self.grid[1:]
        if np.issubdtype(values.dtype, np.integer):
            borders = ((doubled << fraction_bits) + 1) >> 1  # the least integer at or above the midpoint
        else:
            if np.isnan(values).any():
                raise ValueError("a value to be quantised is not a number")
            borders = doubled / 2 * 2.0**fraction_bits
        return np.searchsorted(borders, values, side="right")


def shape_of_range(low: int, high: int) -> Shape:
    """The narrowest shape, at least one bit wide, that holds the integers from ``low`` to ``high``."""
    if low < 0:
        return Shape(max((-low - 1).bit_length(), high.bit_length()) + 1, True)
    return Shape(max(1, high.bit_length()))
