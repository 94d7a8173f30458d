"""The FPGA chips that cores are measured on and built for."""

from collections.abc import Mapping
from dataclasses import dataclass

BELS = {
    "ecp5": {"comb": "TRELLIS_COMB", "ff": "TRELLIS_FF", "dsp": "MULT18X18D", "ebr": "DP16KD"},
    "ice40": {"lc": "ICESTORM_LC", "dsp": "ICESTORM_DSP", "ram": "ICESTORM_RAM"},
}
"""Per family: the resources that can run out, and what nextpnr's report calls them."""

NAMES = {"dsp_block": "DSP blocks (of four multipliers and four wires for clock enables, constants counted)"}
"""Of resources, for people, where upper case won't do."""


@dataclass(frozen=True)
class Device:
    """A chip as nextpnr knows it.

    Attributes
    ----------
    name : str
    family : str
        Emission target: ecp5 or ice40.
    options : tuple of str
        What selects it on nextpnr's command line.
    resources : mapping of str to int
        How many of each resource of `BELS` it has; of an ECP5 its ``dsp_block`` too (see
        `attnforge.fpga.flow.dsp_blocks`).
    """

    name: str
    family: str
    options: tuple[str, ...]
    resources: Mapping[str, int]

    def shortage(self, **wanted):
        """Say in words of which resource there is not enough, or return an empty string."""
        short = [(need, kind) for kind, need in wanted.items() if need > self.resources[kind]]
        return ", ".join(self._short(need, kind) for need, kind in short)

    def _short(self, need, kind):
        if kind in NAMES:
            return f"{need} of {self.resources[kind]} {NAMES[kind]}"
        return f"{need} {kind.upper()} of {self.resources[kind]}"

    def used(self, utilization):
        """Counts by resource, from the ``utilization`` of nextpnr's report."""
        return {kind: utilization[bel]["used"] for kind, bel in BELS[self.family].items()}


ECP5_85F = Device(
    name="ECP5-85F speed 6, CABGA381",
    family="ecp5",
    options=("--85k", "--package", "CABGA381", "--speed", "6"),
    resources={"comb": 83640, "ff": 83640, "dsp": 156, "dsp_block": 39, "ebr": 208},
)
ICE40_UP5K = Device(
    name="iCE40 UP5K, SG48",
    family="ice40",
    options=("--up5k", "--package", "sg48"),
    resources={"lc": 5280, "dsp": 8, "ram": 30},
)
