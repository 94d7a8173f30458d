"""The check after synthesis: the netlist of a core does what its RTL does, in every byte and every cycle."""

from dataclasses import dataclass

from attnforge.fpga.flow.cells import Cells
from attnforge.fpga.netlist.build import build_netlist
from attnforge.sim.bench.run import emitted
from attnforge.sim.bench.standard import check_design


@dataclass(frozen=True)
class NetlistCheck:
    """What the bench found on a core's emitted Verilog and on its netlist.

    Attributes
    ----------
    name, family : str
    cells : Cells
    rtl, netlist : list of attnforge.sim.bench.standard.Check
        The same jobs under the same stalls, both compared with the model and with the cycle model.
    """

    name: str
    family: str
    cells: Cells
    rtl: list
    netlist: list

    @property
    def failures(self) -> list:
        """All that was wrong, which includes that a job of the netlist ends in another cycle than in the RTL."""
        failures = []
        for rtl, netlist in zip(self.rtl, self.netlist, strict=True):
            failures += [f"{what}, {check.name}: {text}" for what, check in (("RTL", rtl), ("netlist", netlist))
                         for text in check.failures]
            if _ends(rtl) != _ends(netlist):
                failures.append(f"netlist, {netlist.name}: jobs end in other cycles than in the RTL")
        return failures


def check_netlist(design, config, family, *, seed=1, jobs=12, change=None) -> NetlistCheck:
    """Synthesise a core for a family, and run the bench of every design on the RTL and on the netlist.

    Parameters
    ----------
    design : Design
    config : Config
    family : str
        ecp5 or ice40.
    seed : int
        Of the jobs and of the stalls.
    jobs : int
        Random good jobs; see `attnforge.sim.bench.standard.check_design`.
    change : (str) -> str
        See `attnforge.fpga.netlist.build.build_netlist`.

    Raises
    ------
    ToolError, BuildError, SimulationError
    """
    core = emitted(design, config, family)
    built, cells = build_netlist(core.verilog, core.name, family, beat_bytes=config.beat_bytes, change=change)
    options = {"seed": seed, "jobs": jobs}
    rtl = check_design(design, config, target=family, **options)
    return NetlistCheck(core.name, family, cells, rtl, check_design(design, config, built=built, **options))


def _ends(check):
    return [[job.last_result for job in result.jobs] for result in check.results]
