"""Registers that hold a value back."""

from amaranth.hdl import Signal

__all__ = ["delayed"]


def delayed(m, value, cycles, name, *, reset_less=True):
    """``value``, so many cycles later; the registers are called ``name_d1``, ``name_d2``, ..."""
    for number in range(cycles):
        register = Signal(len(value), name=f"{name}_d{number + 1}", reset_less=reset_less)
        m.d.sync += register.eq(value)
        value = register
    return value
