"""Small cores become bitstreams; what does not fit or is too slow says so in one line, and leaves none."""

import json
import re

import pytest
from click.testing import CliRunner

from attnforge.fpga.board.catalogue import BOARDS
from attnforge.fpga.board.chip import ICE40_UP5K
from attnforge.fpga.cli import cli
from attnforge.fpga.flow.bitstream import DoesNotFit, Job, TooSlow, build, utilisation
from attnforge.gen.errors import UsageError
from attnforge.gen.request import resolve

ULX3S = BOARDS["ulx3s_85f"]
SMALLEST = {"max_tokens": 4, "max_head_dim": 2, "max_value_dim": 2, "beat_bytes": 1}


def job(clock=ULX3S.clock_mhz, **settings):
    request = resolve("vitality", pe="1x1", settings={**SMALLEST, **settings}, target="ecp5")
    return Job(request, ULX3S, clock, ULX3S.baud)


def invoke(*arguments):
    return CliRunner().invoke(cli, ["bitstream", *map(str, arguments)], standalone_mode=False).exception


def test_smallest_core_on_the_ulx3s(folder):
    result = build(job(), folder)
    assert result.path == folder / "vitality_1x1_ulx3s_85f.bit"
    assert result.path.stat().st_size > 100_000
    assert b"LFE5U-85F" in result.path.read_bytes()[:100]
    assert result.clocks["clk"][0] >= result.clocks["clk"][1] == pytest.approx(75, rel=1e-4)
    assert 0 < result.used["comb"] < 10_000 and result.used["dsp"] >= 2
    # The core is the very text that `gen` wrote beside its manifest, and all that the tools read is there.
    manifest = json.loads((folder / "vitality_1x1.json").read_text())
    assert manifest["target"] == "ecp5" and manifest["config"]["rows"] == 1
    assert {"vitality_1x1.v", "host_link.v", "shell.v", "top.il", "top.ys", "top.lpf"} <= {
        path.name for path in folder.iterdir()
    }
    summary = json.loads((folder / "vitality_1x1_ulx3s_85f.json").read_text())
    assert summary["used"] == result.used and summary["clock_mhz"] == 75

    # The same netlist, asked for more than it can: the old bitstream goes.
    with pytest.raises(TooSlow, match=r"vitality_1x1 runs at \d+\.\d MHz on ulx3s_85f, not at 400"):
        build(job(clock=400), folder)
    assert not result.path.exists()


def test_what_does_not_fit_names_an_array_that_should():
    error = invoke("--board", "ulx3s_85f", "--pe", "16x16")
    assert isinstance(error, DoesNotFit)
    pattern = (r"vitality_16x16 does not fit ulx3s_85f: it needs \d+ DSP of 156, \d+ of 39 DSP blocks \(of four "
               r"multipliers and four wires for clock enables, constants counted\); \d+x\d+ should fit")
    assert re.fullmatch(pattern, str(error))


def test_an_array_whose_enables_find_no_place_is_refused():
    """11x12 has multipliers enough, and the router would look for places without end."""
    error = invoke("--board", "ulx3s_85f", "--pe", "11x12", "--set", "dividers=1")
    assert isinstance(error, DoesNotFit)
    pattern = (r"vitality_11x12 does not fit ulx3s_85f: it needs (\d+) of 39 DSP blocks \(of four multipliers and "
               r"four wires for clock enables, constants counted\); (\d+)x(\d+) should fit")
    blocks, rows, columns = map(int, re.fullmatch(pattern, str(error)).groups())
    assert blocks > 39 and rows * columns <= 117


@pytest.mark.parametrize("arguments, message", [
    (["--board", "ulx3s"], "BOARD=ulx3s: no such board; did you mean ulx3s_85f"),
    (["--board", "ulx3s_85f", "--design", "vital"], "--design vital: no design"),
    (["--board", "ulx3s_85f", "--pe", "8"], "--pe 8: an array has rows and columns"),
    (["--board", "ulx3s_85f", "--set", "rows"], "--set rows: give a field and its value"),
    (["--board", "icebreaker", "--clock", "48"], "--clock 48: icebreaker runs at its crystal's 12 MHz"),
    (["--board", "ulx3s_85f", "--baud", "100"], "--baud 100: from 1200 up; try 3000000"),
])  # fmt: skip
def test_bad_requests_write_nothing(folder, arguments, message):
    error = invoke(*arguments, "--out", folder / "out")
    assert isinstance(error, UsageError) and message in str(error)
    assert not (folder / "out").exists()


def test_utilisation_of_a_run_that_failed():
    log = "Info: \t         ICESTORM_LC:   12090/   5280   228%\nInfo: \t        ICESTORM_RAM:      56/     30   186%\n"
    used = utilisation(log, ICE40_UP5K)
    assert used == {"lc": 12090, "ram": 56}
    assert ICE40_UP5K.shortage(**used) == "12090 LC of 5280, 56 RAM of 30"
