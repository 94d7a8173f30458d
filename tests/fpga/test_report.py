"""The report as people and programs read it, and the command line's refusals."""

import json
import re

import pytest
from click.testing import CliRunner

from fpga import report, tables
from fpga.__main__ import cli
from fpga.blocks import Block
from fpga.cells import Cells
from fpga.cycles import HeadCycles
from fpga.measure import Row
from fpga.placement import Placement
from fpga.subjects import Subject


@pytest.fixture
def row():
    subject = Subject("vitality", "8x8", "vitality_8x8", lambda: None, 64)
    cells = Cells(lut4=640, ccu2c=64, ff=1280, dsp=64, ebr=3)
    placements = [Placement(seed, fmax, 800, 1280, 64, 3) for seed, fmax in ((1, 120.0), (2, 90.0), (3, 100.0))]
    blocks = [
        Block("array", 1, Cells(lut4=600, ccu2c=64, ff=1200, dsp=64)),
        Block("(top)", 1, Cells(lut4=50, ff=80, ebr=3)),
    ]
    return Row(subject, "", cells, placements, blocks, {"deit-tiny": HeadCycles(26000, 0.97, 36), "dinov2-s14": None})


def test_line(row):
    line = dict(zip(tables.COLUMNS, tables.main_cells(row), strict=True))
    assert line["COMB"] == "800" and line["COMB/MAC"] == "12.5" and line["FF/MAC"] == "20.0"
    assert line["Fmax MHz"] == "100" and line["seeds"] == "90 .. 120"
    assert line["DeiT-Tiny cycles"] == "26,000" and line["DeiT-Tiny util."] == "97.0%"
    assert line["DINOv2 cycles"] == line["DINOv2 util."] == "-"


def test_blocks_add_up(row):
    *_, total, flattened = tables.block_cells(row)
    assert total[:5] == ["sum", "", "650", "64", "0"]
    assert flattened[:3] == ["flattened", "", "640"]


def test_files(row, tmp_path):
    path = report.write([row], [1, 2, 3], tmp_path / "report")
    assert "## vitality 8x8: cells by block" in path.read_text()
    data = json.loads(path.with_suffix(".json").read_text())
    assert data["seeds"] == [1, 2, 3]
    assert data["rows"][0]["fmax_mhz"] == 100.0
    assert data["rows"][0]["workloads"]["deit-tiny"]["interval"] == 26000


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
