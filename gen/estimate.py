"""Size of a core before synthesis: multipliers, buffer bits, and the target's blocks for them."""

import math
from dataclasses import dataclass

DEVICES = {
    "generic": None,
    "ecp5": ("MULT18X18D", "DP16KD", 18_432),
    "ice40": ("SB_MAC16", "SB_RAM40_4K", 4_096),
    "gowin": ("MULT18X18", "BSRAM", 18_432),
}
"""Per target: its multiplier block, its memory block, and the bits of the latter."""

SMALL_MEMORY_BITS = 1_024
"""A buffer up to this size goes into look-up tables, not into a memory block."""


@dataclass(frozen=True)
class Estimate:
    """What a core takes, as its design's ``resources`` tell it.

    Attributes
    ----------
    multipliers : dict of str to int
        By purpose.
    buffers : dict of str to int
        Bits by buffer.
    dsp, ebr : int or None
        Multiplier and memory blocks of the target; None for the generic one. Memory blocks are counted by bits: a
        buffer that is wide and shallow takes more.
    """

    multipliers: dict
    buffers: dict
    dsp_name: str | None
    ebr_name: str | None
    dsp: int | None
    ebr: int | None

    @property
    def multiplier_count(self) -> int:
        return sum(self.multipliers.values())

    @property
    def buffer_bits(self) -> int:
        return sum(self.buffers.values())


def estimate(design, config, target) -> Estimate:
    """Read ``design.resources``: keys that end in ``multipliers`` and in ``_bits``."""
    resources = design.resources(config)
    multipliers = {key.removesuffix("multipliers").strip("_") or "array": value
                   for key, value in resources.items() if key.endswith("multipliers")}
    buffers = {key.removesuffix("_bits"): value for key, value in resources.items() if key.endswith("_bits")}
    dsp_name = ebr_name = dsp = ebr = None
    if DEVICES[target]:
        dsp_name, ebr_name, block_bits = DEVICES[target]
        dsp = sum(multipliers.values())
        ebr = sum(math.ceil(bits / block_bits) for bits in buffers.values() if bits > SMALL_MEMORY_BITS)
    return Estimate(multipliers, buffers, dsp_name, ebr_name, dsp, ebr)
