"""Counts of cells, from the statistics that yosys writes."""

import json
from dataclasses import astuple, dataclass
from operator import add

CARRY_CHAIN_COMB = 4  # what nextpnr spends on feeding a carry chain and on reading its end
KINDS = {
    "LUT4": "lut4",
    "CCU2C": "ccu2c",
    "TRELLIS_FF": "ff",
    "MULT18X18D": "dsp",
    "DP16KD": "ebr",
    "TRELLIS_DPR16X4": "lutram",
    "SB_LUT4": "lut4",
    "SB_CARRY": "carry",
    "SB_MAC16": "dsp",
    "SB_RAM40_4K": "ebr",
    "SB_RAM40_4KNR": "ebr",
}
ICE40_FF = "SB_DFF"  # and what follows for enable, reset and edge


@dataclass(frozen=True)
class Cells:
    """Cells of a module, or of many, for an ECP5 or an iCE40.

    Attributes
    ----------
    lut4 : int
        Look-up tables of four inputs, those of wider functions included.
    ccu2c : int
        Carry cells of an ECP5: two bits of an adder, two TRELLIS_COMB each.
    ff, dsp, ebr : int
        Flip-flops, multiplier blocks (18 x 18; iCE40: 16 x 16) and block RAMs (18 kbit; iCE40: 4 kbit).
    lutram : int
        Memories of 16 x 4 bits in look-up tables, four TRELLIS_COMB and a RAMW each; an iCE40 has none.
    carry : int
        Carry cells of an iCE40: one bit of an adder each.
    """

    lut4: int = 0
    ccu2c: int = 0
    ff: int = 0
    dsp: int = 0
    ebr: int = 0
    lutram: int = 0
    carry: int = 0

    @classmethod
    def from_types(cls, types):
        """Count the cells of a dict of type to number; modules and types that cost nothing are left out."""
        counts = dict.fromkeys(KINDS.values(), 0)
        for kind, count in types.items():
            attribute = "ff" if kind.startswith(ICE40_FF) else KINDS.get(kind)
            if attribute:
                counts[attribute] += count
        return cls(**counts)

    @property
    def comb(self):
        """TRELLIS_COMB of an ECP5 before placing.

        The router adds `CARRY_CHAIN_COMB` per carry chain, and LUTs that pass data.
        """
        return self.lut4 + 2 * self.ccu2c + 4 * self.lutram

    def __add__(self, other):
        return Cells(*map(add, astuple(self), astuple(other)))

    def __mul__(self, count):
        return Cells(*(value * count for value in astuple(self)))


def read_statistics(path):
    """Return ``{module: {cell type: count}}`` from a file of ``stat -json``, names without yosys' backslash."""
    modules = json.loads(path.read_text())["modules"]
    return {
        name.lstrip("\\"): {kind.lstrip("\\"): count for kind, count in module["num_cells_by_type"].items()}
        for name, module in modules.items()
    }
