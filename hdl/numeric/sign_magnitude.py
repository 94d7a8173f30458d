"""Formats of a sign bit and a magnitude."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from attnforge.hdl.numeric.format import Format

__all__ = ["SignMagnitude"]


@dataclass(frozen=True)
class SignMagnitude(Format):
    """A format whose signed codes are a sign bit above an unsigned code of one bit less; minus zero means zero.

    Parameters
    ----------
    bits : int
        Width with the sign.
    signed : bool

    Raises
    ------
    ValueError
        A width that the format does not have.
    """

    bits: int
    signed: bool = True
    widths: ClassVar[tuple[int, int]]

    def __post_init__(self):
        low, high = self.widths
        if not isinstance(self.bits, int) or not low <= self.bits <= high:
            raise ValueError(f"a {self.kind} format has {low} to {high} bits, not {self.bits!r}")

    @property
    def magnitude_bits(self) -> int:
        """Width without the sign."""
        return self.bits - self.signed

    def decode_magnitude(self, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Base and exponent of codes without their sign, int64."""
        raise NotImplementedError

    @cached_property
    def octaves(self) -> tuple[tuple[int, int], ...]:
        """For 1, 2, 4, ... up to the maximum: the power's code, and how many fraction bits follow it in the codes.

        The magnitudes from ``2**q`` to the next power have the codes from ``code`` on, ``2**fraction_bits`` of them,
        evenly spaced.
        """
        base, exponent = self.decode_magnitude(np.arange(1 << self.magnitude_bits))
        magnitudes = (base << exponent).tolist()
        code_of = {magnitude: code for code, magnitude in reversed([*enumerate(magnitudes)])}
        top = max(magnitudes).bit_length()
        counts = [sum(magnitude >> octave == 1 for magnitude in magnitudes) for octave in range(top)]
        return tuple((code_of[1 << octave], count.bit_length() - 1) for octave, count in enumerate(counts))

    def decode(self, codes):
        """Base and exponent, the base with the sign."""
        codes = np.asarray(codes, np.int64)
        base, exponent = self.decode_magnitude(codes & ((1 << self.magnitude_bits) - 1))
        return np.where(codes >> self.magnitude_bits, -base, base), exponent
