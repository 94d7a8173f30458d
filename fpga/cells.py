"""Counts of ECP5 cells, from the statistics that yosys writes."""

import json
from dataclasses import dataclass

CARRY_CHAIN_COMB = 4  # what nextpnr spends on feeding a carry chain and on reading its end
KINDS = {
    "LUT4": "lut4",
    "CCU2C": "ccu2c",
    "TRELLIS_FF": "ff",
    "MULT18X18D": "dsp",
    "DP16KD": "ebr",
    "TRELLIS_DPR16X4": "lutram",
}
FREE = {"PFUMX", "L6MUX21"}  # multiplexers inside a slice: they use up no LUT


@dataclass(frozen=True)
class Cells:
    """Cells of a module, or of many.

    Attributes
    ----------
    lut4 : int
        Look-up tables of four inputs, those of wider functions included.
    ccu2c : int
        Carry cells: two bits of an adder, two TRELLIS_COMB each.
    ff, dsp, ebr : int
        Flip-flops, 18 x 18 multipliers and 18-kbit block RAMs.
    lutram : int
        Memories of 16 x 4 bits in look-up tables, four TRELLIS_COMB and a RAMW each.
    """

    lut4: int = 0
    ccu2c: int = 0
    ff: int = 0
    dsp: int = 0
    ebr: int = 0
    lutram: int = 0

    @classmethod
    def from_types(cls, types):
        """Count the cells of a dict of type to number; modules and types that cost nothing are left out."""
        return cls(**{attribute: types.get(kind, 0) for kind, attribute in KINDS.items()})

    @property
    def comb(self):
        """TRELLIS_COMB before placing: the router adds `CARRY_CHAIN_COMB` per carry chain, and LUTs that pass data."""
        return self.lut4 + 2 * self.ccu2c + 4 * self.lutram

    def __add__(self, other):
        return Cells(*(getattr(self, name) + getattr(other, name) for name in KINDS.values()))

    def __mul__(self, count):
        return Cells(*(getattr(self, name) * count for name in KINDS.values()))


def read_statistics(path):
    """Return ``{module: {cell type: count}}`` from a file of ``stat -json``, names without yosys' backslash."""
    modules = json.loads(path.read_text())["modules"]
    return {
        name.lstrip("\\"): {kind.lstrip("\\"): count for kind, count in module["num_cells_by_type"].items()}
        for name, module in modules.items()
    }
