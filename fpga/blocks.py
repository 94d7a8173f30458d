"""Cells by block: which part of a core costs what.

For this the core is synthesised once more, its blocks (the modules that the top instances) each flattened in itself but
kept apart from the others. That is honest: every cell belongs to the block that it was made for. The flattened core
differs a little, since yosys then optimises across the borders of blocks; its count stands beside the sum.
"""

from dataclasses import dataclass

from . import cache, tools
from .cells import Cells, read_statistics

LIST_SCRIPT = """\
read_verilog core.v
hierarchy -top {top}
tee -q -o modules.json stat -json
"""
SCRIPT = """\
read_verilog core.v
hierarchy -top {top}
setattr -mod -set keep_hierarchy 1 {blocks}
synth_ecp5 -top {top}
tee -q -o blocks.json stat -json
"""
GLUE = "(top)"


@dataclass(frozen=True)
class Block:
    """One module that the top instances.

    Attributes
    ----------
    name : str
        Without the prefix that all modules of the core share; ``(top)`` for the top's own cells.
    instances : int
    cells : Cells
        Of all instances together.
    """

    name: str
    instances: int
    cells: Cells


def cells_by_block(verilog, top, *, root=cache.CACHE):
    """Return the blocks of a core, the largest first, and the top's own cells last.

    Raises
    ------
    ToolError
    """
    folder = cache.entry("blocks", verilog, top, LIST_SCRIPT, SCRIPT, tools.version(tools.YOSYS), root=root)
    if not (folder / "blocks.json").is_file():
        (folder / "core.v").write_text(verilog)
        (folder / "list.ys").write_text(LIST_SCRIPT.format(top=top))
        tools.run(tools.YOSYS, "-q", "list.ys", folder=folder, log="list.log")
        modules = read_statistics(folder / "modules.json")
        blocks = [kind for kind in modules[top] if kind in modules]
        script = SCRIPT.format(top=top, blocks=" ".join(blocks))
        (folder / "blocks.ys").write_text(
            script if blocks else script.replace("setattr -mod -set keep_hierarchy 1 \n", "")
        )
        tools.run(tools.YOSYS, "-q", "blocks.ys", folder=folder, log="blocks.log")
    modules = read_statistics(folder / "blocks.json")
    blocks = [
        Block(kind.removeprefix(f"{top}_"), count, Cells.from_types(modules[kind]) * count)
        for kind, count in modules[top].items()
        if kind in modules
    ]
    blocks.sort(key=lambda block: (-block.cells.comb - block.cells.ff, block.name))
    return [*blocks, Block(GLUE, 1, Cells.from_types(modules[top]))]
