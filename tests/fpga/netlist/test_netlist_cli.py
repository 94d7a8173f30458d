"""The command that checks netlists: what it prints, its status, and its refusals."""

from itertools import product

import pytest
from click.testing import CliRunner

from attnforge.fpga.cli import cli
from attnforge.fpga.flow.cells import Cells
from attnforge.fpga.netlist import command as netlist_cli
from attnforge.fpga.netlist.check import NetlistCheck
from attnforge.gen.errors import UsageError
from attnforge.gen.registry import DESIGNS
from attnforge.sim.bench.standard import Check


@pytest.fixture
def outcome(monkeypatch):
    """Call it with the failures of the netlist; returns the result of the command, without synthesis."""

    def invoke(failures, *arguments):
        def check(design, config, family, *, seed, jobs):
            asked.append((design.name, family, seed, jobs))
            rtl, netlist = (Check("streams", found, 12, 3400, 1576, len(found)) for found in ([], failures))
            return NetlistCheck("core", family, Cells(lut4=1234, dsp=5), [rtl], [netlist])

        asked = []
        monkeypatch.setattr(netlist_cli, "check_netlist", check)
        monkeypatch.setattr(netlist_cli.tools, "warm_up", lambda *arguments: None)
        return asked, CliRunner().invoke(cli, ["netlist", *arguments])

    return invoke


def test_a_good_netlist(outcome):
    asked, result = outcome([], "--design", "vitality", "--family", "ice40", "--seed", "7", "--jobs", "3")
    assert asked == [("vitality", "ice40", 7, 3)] and result.exit_code == 0
    assert "core for ice40" in result.output and "1,234 lut4, 5 dsp" in result.output
    rows = [line.replace("│", " ").split() for line in result.output.splitlines() if "│" in line]
    assert rows[-2:] == [["RTL", "12", "3,400", "1,576", "0"], ["netlist", "12", "3,400", "1,576", "0"]]


def test_a_bad_netlist_ends_with_status_1(outcome):
    asked, result = outcome([f"job {number}: wrong" for number in range(12)])
    assert [pair[:2] for pair in asked] == list(product(DESIGNS, ("ecp5", "ice40"))) and result.exit_code == 1
    assert "netlist, streams: job 9: wrong" in result.output and "2 more failures" in result.output


@pytest.mark.parametrize(("arguments", "message"), [
    (["--family", "gowin"], "--family gowin: there are ecp5 and ice40"),
    (["--design", "vital"], "--design vital: no design"),
    (["--preset", "tinny"], "--preset tinny: vitality has no preset"),
    (["--set", "rows"], "--set rows: give a field and its value"),
])
def test_bad_requests(arguments, message):
    error = CliRunner().invoke(cli, ["netlist", *arguments], standalone_mode=False).exception
    assert isinstance(error, UsageError) and message in str(error)
