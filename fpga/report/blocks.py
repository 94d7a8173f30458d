"""Cells by block: which part of a core costs what.

For this the core is synthesised once more, its blocks (see `attnforge.fpga.report.hierarchy`) each flattened in itself
but kept apart from the others. That is honest: every cell belongs to the block that it was made for. The flattened core
differs a little, since yosys then optimises across the borders of blocks; its count stands beside the sum.
"""

from dataclasses import dataclass

from attnforge.fpga.flow import cache, tools, yosys
from attnforge.fpga.flow.cells import Cells, read_statistics
from attnforge.fpga.flow.synthesis import COMMANDS
from attnforge.fpga.report.hierarchy import Hierarchy

LIST_SCRIPT = """\
read_verilog core.v
hierarchy -top {top}
tee -q -o modules.json stat -json
"""
SCRIPT = """\
read_verilog core.v
hierarchy -top {top}
{keep}
{command} -top {top}
tee -q -o blocks.json stat -json
"""


@dataclass(frozen=True)
class Block:
    """A module, with all its instances.

    Attributes
    ----------
    name : str
        Without the prefix that all modules share; in brackets for what an opened module has beside its blocks.
    instances : int
    cells : Cells
        Of all instances together.
    """

    name: str
    instances: int
    cells: Cells


def cells_by_block(verilog, top, *, root=None):
    """Return the blocks of a core, the largest first, and what lies between them last.

    Raises
    ------
    ToolError
    """
    inputs = (verilog, top, LIST_SCRIPT, SCRIPT, COMMANDS["ecp5"], yosys.STRICT, tools.version(tools.YOSYS))
    folder = cache.entry("blocks", *inputs, root=root)
    listing, counts = folder / "modules.json", folder / "blocks.json"
    if not listing.is_file():
        (folder / "core.v").write_text(verilog)
        yosys.run(LIST_SCRIPT.format(top=top), "list", folder)
    hierarchy = Hierarchy(read_statistics(listing), top)
    opened, blocks = hierarchy.opened(), hierarchy.blocks()
    if not counts.is_file():
        keep = "".join(f"setattr -mod -set keep_hierarchy 1 {name}\n" for name in (*opened[1:], *blocks))
        yosys.run(SCRIPT.format(command=COMMANDS["ecp5"], top=top, keep=keep.rstrip()), "blocks", folder)
    cells = {name: Cells.from_types(types) for name, types in read_statistics(counts).items()}

    def short(name):
        return name.removeprefix(f"{top}_")

    lines = [Block(short(name), count, cells[name] * count) for name, count in blocks.items() if name in cells]
    lines.sort(key=lambda block: (-block.cells.comb - block.cells.ff, block.name))
    return [*lines, *(Block("(top)" if name == top else f"({short(name)})", 1, cells[name]) for name in opened)]
