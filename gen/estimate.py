"""Size of a core before synthesis: multipliers, memory bits, and the target's blocks for them."""

import math
from dataclasses import dataclass

from attnforge.gen.emission.inventory import Inventory


@dataclass(frozen=True)
class Blocks:
    """The multiplier and the memory of a family.

    Attributes
    ----------
    dsp : str
        What the family calls it.
    ebr : tuple of str
        The same of the memory; its variants behind it.
    dsp_bits : int
        Widest signed operand of one that synthesis infers; 0 where it does not.
    shapes : tuple of (width, depth)
        Shapes of one memory block with a read and a write port.
    """

    dsp: str
    dsp_bits: int
    ebr: tuple
    shapes: tuple


_18K = ((36, 512), (18, 1024), (9, 2048), (4, 4096), (2, 8192), (1, 16384))
FAMILIES = {
    "ecp5": Blocks("MULT18X18D", 18, ("DP16KD",), _18K),
    "ice40": Blocks("SB_MAC16", 0, ("SB_RAM40_4K", "SB_RAM40_4KNR"), ((16, 256), (8, 512), (4, 1024), (2, 2048))),
    "gowin": Blocks("MULT18X18", 18, ("BSRAM",), _18K),
}
LUT_DEPTH = 32
"""Memories up to this depth go into look-up tables."""
LEAST_DSP_BITS = 4
"""Products with a narrower operand are cheaper in look-up tables."""


@dataclass(frozen=True)
class Estimate:
    """What a core takes.

    Attributes
    ----------
    multipliers : dict of str to int
        By purpose, from the design's ``resources``.
    buffers : dict of str to int
        Bits by buffer, from the same.
    dsp, ebr : int or None
        Multiplier and memory blocks of the target, from the elaborated hierarchy; None without one, and for the generic
        target.
    """

    multipliers: dict
    buffers: dict
    dsp_name: str | None = None
    ebr_name: str | None = None
    dsp: int | None = None
    ebr: int | None = None

    @property
    def multiplier_count(self) -> int:
        """Multipliers of all purposes."""
        return sum(self.multipliers.values())

    @property
    def buffer_bits(self) -> int:
        """Bits of all buffers."""
        return sum(self.buffers.values())


def estimate(design, config, target, inventory: Inventory | None = None) -> Estimate:
    """Estimate a core from ``design.resources`` (keys that end in ``multipliers`` and in ``_bits``).

    Without an inventory of the elaborated core each multiplier counts as one block, and memory blocks are unknown.
    """
    resources = design.resources(config)
    multipliers = {key.removesuffix("multipliers").strip("_") or "array": value
                   for key, value in resources.items() if key.endswith("multipliers")}
    buffers = {key.removesuffix("_bits").removesuffix("_buffer"): value
               for key, value in resources.items() if key.endswith("_bits")}
    family = FAMILIES.get(target)
    if family is None:
        return Estimate(multipliers, buffers)
    if inventory is None:
        return Estimate(multipliers, buffers, family.dsp, family.ebr[0], sum(multipliers.values()))
    return Estimate(multipliers, buffers, family.dsp, family.ebr[0], _dsp(family, inventory), _ebr(family, inventory))


def _dsp(family, inventory):
    if not family.dsp_bits:
        return inventory.primitives[family.dsp]
    inferred = sum(count * math.ceil(a / family.dsp_bits) * math.ceil(b / family.dsp_bits)
                   for (a, b), count in inventory.products.items() if min(a, b) >= LEAST_DSP_BITS)
    return inferred + inventory.primitives[family.dsp]


def _ebr(family, inventory):
    blocks = 0
    for (width, depth, small), count in inventory.memories.items():
        if not small and depth > LUT_DEPTH:
            blocks += count * min(math.ceil(width / w) * math.ceil(depth / d) for w, d in family.shapes)
    return blocks + sum(inventory.primitives[name] for name in family.ebr)
