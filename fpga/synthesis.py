"""From Verilog to ECP5 cells with yosys."""

from dataclasses import dataclass
from pathlib import Path

from . import cache, tools
from .cells import Cells, read_statistics

SCRIPT = """\
read_verilog core.v
synth_ecp5 -nowidelut -top {top} -json netlist.partial.json
tee -q -o cells.json stat -json
"""


@dataclass(frozen=True)
class Synthesis:
    """A synthesised core.

    Attributes
    ----------
    folder : Path
        Its place in the cache, which holds ``core.v`` and ``netlist.json``.
    cells : Cells
        All cells of the flattened core.
    """

    folder: Path
    cells: Cells


def synthesise(verilog, top, *, root=None):
    """Synthesise a core, or find it in the cache.

    Parameters
    ----------
    verilog : str
        Text of all its modules.
    top : str

    Raises
    ------
    ToolError
    """
    script = SCRIPT.format(top=top)
    folder = cache.entry("synthesis", verilog, script, tools.version(tools.YOSYS), root=root)
    netlist = folder / "netlist.json"
    if not netlist.is_file():
        (folder / "core.v").write_text(verilog)
        (folder / "synthesis.ys").write_text(script)
        tools.run(tools.YOSYS, "-q", "synthesis.ys", folder=folder, log="synthesis.log")
        (folder / "netlist.partial.json").replace(netlist)
    return Synthesis(folder, Cells.from_types(read_statistics(folder / "cells.json")[top]))
