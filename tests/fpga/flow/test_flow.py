"""A small array goes through synthesis and routing, and comes from the cache the second time."""

import io

import pytest
from rich.console import Console
from rich.progress import Progress

from attnforge.fpga.board.chip import ECP5_85F
from attnforge.fpga.flow import tools
from attnforge.fpga.report import report
from attnforge.fpga.report.subjects import Part, choose
from attnforge.hdl.parts.array.systolic import SystolicArray

PART = Part("systolic_array", "2x2", lambda: SystolicArray(2, 2, 9, 8, 18), 4)


def measure(folder, **options):
    progress = Progress(console=Console(file=io.StringIO()))
    (row,) = report.measure(choose((), (), [PART], {}), seeds=[1], progress=progress, root=folder, **options)
    return row


@pytest.fixture
def no_tools(monkeypatch):
    """Call it, and from then on no tool may run."""

    def refuse(*arguments, **options):
        raise AssertionError("a tool was run")

    return lambda: monkeypatch.setattr(tools, "run", refuse)


def test_array_is_measured_once(folder, no_tools):
    row = measure(folder)
    # An element has a multiplier and registers for the moving operand, its shadow and the sum; one in two has an adder,
    # since the top row adds to nothing.
    assert row.cells.dsp == 4
    assert row.cells.ff >= 4 * (9 + 8 + 17)
    assert row.cells.ccu2c == 2 * 18 // 2
    (placement,) = row.placements
    assert placement.dsp == 4 and placement.ff == row.cells.ff and placement.comb >= row.cells.comb
    assert 50 < placement.fmax_mhz < 500
    assert [(block.name, block.instances) for block in row.blocks] == [("pe_column", 2), ("(top)", 1)]
    assert sum(block.cells.dsp for block in row.blocks) == 4
    no_tools()
    again = measure(folder)
    assert (again.cells, again.placements, again.blocks) == (row.cells, row.placements, row.blocks)


def test_synthesis_alone(folder):
    row = measure(folder, pnr=False, blocks=False)
    assert row.cells.dsp == 4 and row.placements == row.blocks == [] and row.fmax_mhz is None


def test_what_is_too_large_is_not_synthesised(folder, no_tools):
    no_tools()
    part = Part("systolic_array", "64x64", PART.factory, 64 * 64)
    progress = Progress(console=Console(file=io.StringIO()))
    (row,) = report.measure(choose((), (), [part], {}), seeds=[1], progress=progress, root=folder)
    assert row.note == f"too large: needs 4096 DSP of {ECP5_85F.resources['dsp']}"
    assert "| systolic_array | 64x64 | 4096 | - |" in report.document([row], [1])
