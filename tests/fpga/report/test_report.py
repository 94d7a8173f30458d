"""The report as people and programs read it, and the command line's refusals."""

import json
import re

import pytest
from click.testing import CliRunner

from attnforge.fpga.cli import cli
from attnforge.fpga.flow.cells import Cells
from attnforge.fpga.flow.placement import Placement
from attnforge.fpga.report import report, tables
from attnforge.fpga.report.blocks import Block
from attnforge.fpga.report.cycles import WorkloadCycles
from attnforge.fpga.report.measure import Row
from attnforge.fpga.report.subjects import Subject


@pytest.fixture
def row():
    subject = Subject("vitality", "8x8", "vitality_8x8", lambda: None, 64)
    cells = Cells(lut4=640, ccu2c=64, ff=1280, dsp=64, ebr=3)
    placements = [Placement(seed, fmax, 800, 1280, 64, 3) for seed, fmax in ((1, 120.0), (2, 90.0), (3, 100.0))]
    blocks = [
        Block("array", 1, Cells(lut4=600, ccu2c=64, ff=1200, dsp=64)),
        Block("(top)", 1, Cells(lut4=50, ff=80, ebr=3)),
    ]
    found = [WorkloadCycles("deit-tiny", "8 bits", 36, 936_000, 0.97), WorkloadCycles("gemms", "4 bits", 4, 90.5, 0.5)]
    return Row(subject, "", cells, placements, blocks, found, {"dinov2-s14": "tokens is at most 197, not 257"})


def test_line(row):
    line = dict(zip(tables.COLUMNS, tables.main_cells(row), strict=True))
    assert line["COMB"] == "800" and line["COMB/MAC"] == "12.5" and line["FF/MAC"] == "20.0"
    assert line["Fmax MHz"] == "100" and line["seeds"] == "90 .. 120"


def test_cycles(row):
    heads, gemms = (dict(zip(tables.CYCLE_COLUMNS, line, strict=True)) for line in tables.cycle_cells(row))
    assert (heads["workload"], heads["operands"], heads["utilisation"]) == ("deit-tiny", "8 bits", "97.0%")
    assert [heads[column] for column in ("jobs", "cycles per job", "cycles")] == ["36", "26,000", "936,000"]
    assert [gemms[column] for column in ("jobs", "cycles per job", "cycles")] == ["4", "22.6", "90.5"]


def test_blocks_add_up(row):
    *_, total, flattened = tables.block_cells(row)
    assert total[:5] == ["sum", "", "650", "64", "0"]
    assert flattened[:3] == ["flattened", "", "640"]


def test_files(row, tmp_path):
    path = report.write([row], [1, 2, 3], tmp_path / "report")
    text = path.read_text()
    assert "## vitality 8x8: cells by block" in text and "| vitality | 8x8 | deit-tiny | 8 bits | 36 |" in text
    assert "- vitality 8x8 is too small for dinov2-s14: tokens is at most 197, not 257\n" in text
    data = json.loads(path.with_suffix(".json").read_text())
    assert data["seeds"] == [1, 2, 3]
    assert data["rows"][0]["fmax_mhz"] == 100.0
    assert data["rows"][0]["workloads"][0]["cycles"] == 936_000
    assert list(data["rows"][0]["too_small_for"]) == ["dinov2-s14"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--designs", "vitalty"], "--designs must be among .*, not 'vitalty'"),
        (["--presets", "enormous"], "--presets must be among .*, not 'enormous'"),
        (["--seeds", "0"], "must be distinct whole numbers above 0.*, not '0'"),
        (["--seeds", "1,1"], "not '1,1'"),
        (["--seeds", "one"], "not 'one'"),
    ],
)
def test_bad_options_are_refused(arguments, message):
    result = CliRunner().invoke(cli, ["report", *arguments])
    assert result.exit_code == 2
    assert re.search(message, result.output.replace("\n", " "))
