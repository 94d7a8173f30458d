"""The device that all designs are measured on."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Device:
    """An ECP5 as nextpnr knows it.

    Attributes
    ----------
    name : str
    options : tuple of str
        What selects it on nextpnr's command line.
    comb, ff, dsp, ebr : int
        How many TRELLIS_COMB, TRELLIS_FF, MULT18X18D and DP16KD it has.
    """

    name: str
    options: tuple[str, ...]
    comb: int
    ff: int
    dsp: int
    ebr: int

    def shortage(self, *, comb=0, ff=0, dsp=0, ebr=0):
        """Say in words of which resource there is not enough, or return an empty string."""
        wanted = {"COMB": (comb, self.comb), "FF": (ff, self.ff), "DSP": (dsp, self.dsp), "EBR": (ebr, self.ebr)}
        return ", ".join(f"{need} {kind} of {have}" for kind, (need, have) in wanted.items() if need > have)


ECP5_85F = Device(
    name="ECP5-85F speed 6, CABGA381",
    options=("--85k", "--package", "CABGA381", "--speed", "6"),
    comb=83640,
    ff=83640,
    dsp=156,
    ebr=208,
)
