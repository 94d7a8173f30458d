"""Division by a constant: quotient and remainder of an unsigned value."""

from amaranth.hdl import Const

__all__ = ["by_constant", "reciprocal"]


def reciprocal(divisor: int, largest: int) -> tuple[int, int]:
    """The pair (multiplier, shift) with ``value * multiplier >> shift == value // divisor`` up to ``largest``."""
    shift = 0
    while True:
        multiplier = -(-(1 << shift) // divisor)
        # A quotient is right while the reciprocal's excess, value times over, stays below one part of the divisor.
        if (multiplier * divisor - (1 << shift)) * largest < 1 << shift:
            return multiplier, shift
        shift += 1


def by_constant(value, divisor: int):
    """``value // divisor`` and ``value % divisor``: expressions, and cuts of the bits where that is a power of two."""
    places = divisor.bit_length() - 1
    if divisor == 1 << places:
        quotient, remainder = value[places:], value[:places]
        return (quotient if len(quotient) else Const(0, 1)), (remainder if len(remainder) else Const(0, 1))
    multiplier, shift = reciprocal(divisor, (1 << len(value)) - 1)
    quotient = (value * multiplier) >> shift
    return quotient, (value - quotient * divisor)[: (divisor - 1).bit_length()]
