"""Place and route with nextpnr: what fits, and how fast it runs."""

import json
import statistics
from dataclasses import dataclass

from attnforge.fpga.flow import cache, tools

# Out of context: ports are not pins. The target clock stays at its default: it only decides what is called a failure.
# Paths are weighed by the longest one, not by the target: with 110 MHz asked, the 16x16 core of ant comes out the same.
# The placer weighs timing three times as much as by default: up to 8 % more clock on the whole 8x8 core.
OPTIONS = ("--out-of-context", "--timing-allow-fail", "--quiet", "--placer-heap-timingweight", "30")


@dataclass(frozen=True)
class Placement:
    """One run with one seed.

    Attributes
    ----------
    seed : int
    fmax_mhz : float or None
        Highest clock frequency; None for a core without a register-to-register path.
    comb, ff, dsp, ebr : int
        Used TRELLIS_COMB, TRELLIS_FF, MULT18X18D and DP16KD.
    """

    seed: int
    fmax_mhz: float | None
    comb: int
    ff: int
    dsp: int
    ebr: int


def place(synthesis, seed, device):
    """Place and route a synthesised core with one seed, or find the result in the cache.

    Raises
    ------
    ToolError
        Among other reasons, when the core does not fit, or finds no place in `tools.ROUTER_MINUTES`.
    """
    options = (*device.options, *OPTIONS)
    router = tools.NEXTPNR[device.family]
    name = f"seed_{seed}_{cache.digest(router, options, seed, tools.version(router))}"
    report, partial = synthesis.folder / f"{name}.report.json", cache.partial_name(f"{name}.report.json")
    if not report.is_file():
        arguments = (*options, "--seed", seed, "--json", "netlist.json", "--report", partial)
        tools.run(router, *arguments, folder=synthesis.folder, log=f"{name}.log", minutes=tools.ROUTER_MINUTES)
        (synthesis.folder / partial).replace(report)
    return Placement(seed=seed, **read_report(report, device))


def read_report(path, device):
    """Return clock and resources from nextpnr's report: the slowest clock, should there be more than one."""
    report = json.loads(path.read_text())
    clocks = (clock["achieved"] for clock in report["fmax"].values())
    return {"fmax_mhz": min(clocks, default=None), **device.used(report["utilization"])}


def median_fmax(placements):
    """Return the median clock over the seeds, in MHz, or None."""
    clocks = [placement.fmax_mhz for placement in placements if placement.fmax_mhz is not None]
    return statistics.median(clocks) if clocks else None
