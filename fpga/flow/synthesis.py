"""From Verilog to the cells of an FPGA family with yosys."""

from dataclasses import dataclass
from pathlib import Path

from attnforge.fpga.flow import cache, tools, yosys
from attnforge.fpga.flow.cells import Cells, read_statistics

COMMANDS = {"ecp5": "synth_ecp5 -nowidelut", "ice40": "synth_ice40 -dffe_min_ce_use 9"}
"""What synthesises for a family: the same command for reports, bitstreams and the check of netlists.

No ``-dsp`` for the iCE40: in yosys 0.69 it takes the registers and the clock away from an SB_MAC16 that was instanced,
without a warning, and loses products that it infers. Cores instance their multipliers. Eight flip-flops share a
clock enable; an enable of fewer becomes logic, which costs few cells, and a full device can still be placed.
"""

SCRIPT = """\
read_verilog core.v
{command} -top {top} -json netlist.partial.json
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


def synthesise(verilog, top, *, family="ecp5", root=None):
    """Synthesise a core, or find it in the cache.

    Parameters
    ----------
    verilog : str
        Text of all its modules.
    top : str
    family : str
        ecp5 or ice40.

    Raises
    ------
    ToolError
        Also for a warning: see `attnforge.fpga.flow.yosys`.
    """
    script = SCRIPT.format(command=COMMANDS[family], top=top)
    folder = cache.entry("synthesis", verilog, script, yosys.STRICT, tools.version(tools.YOSYS), root=root)
    netlist = folder / "netlist.json"
    if not netlist.is_file():
        (folder / "core.v").write_text(verilog)
        yosys.run(script, "synthesis", folder)
        (folder / "netlist.partial.json").replace(netlist)
    return Synthesis(folder, Cells.from_types(read_statistics(folder / "cells.json")[top]))
