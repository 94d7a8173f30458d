"""What a type's number means to the gates."""

from amaranth.hdl import Signal

from attnforge.hdl.ant.config import CODE_BITS, Config
from attnforge.hdl.parts.memory.ram import address_bits

__all__ = ["digit_tags", "is_fused"]


def is_fused(m, name, number, forms):
    """Whether the type of this number has 8 bits, and so two rows or columns."""
    fused = Signal(name=name)
    with m.Switch(number):
        for place, form in enumerate(forms):
            with m.Case(place):
                m.d.comb += fused.eq(form.bits > CODE_BITS)
    return fused


def digit_tags(m, name, number, forms, digits):
    """Tags of its low and its high digit, places in ``digits``; equal where there is one."""
    low, high = (Signal(address_bits(len(digits)), name=f"{name}_{digit}_tag") for digit in ("low", "high"))
    with m.Switch(number):
        for place, form in enumerate(forms):
            parts = Config.digits(form)
            with m.Case(place):
                m.d.comb += [low.eq(digits.index(parts[0])), high.eq(digits.index(parts[-1]))]
    return low, high
