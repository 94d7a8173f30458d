"""Tools that only write what the flow asks them for: what is kept, and by which key, shows at once."""

import json
import re

import pytest

from attnforge.fpga.flow import tools

STATISTICS = {"modules": {name: {"num_cells_by_type": {}, "cells": {}} for name in ("core", "top")}}


class FakeTools:
    """Stands in for `attnforge.fpga.flow.tools`.

    Attributes
    ----------
    ran : list of str
        Names of the tools, in the order of their runs.
    versions : dict of str to str
    """

    def __init__(self):
        self.ran = []
        self.versions = {}

    def version(self, name):
        return self.versions.get(name, "1")

    def run(self, name, *arguments, folder, log, **_):
        self.ran.append(name)
        options = dict(zip(arguments, arguments[1:], strict=False))
        if name == tools.YOSYS:
            self.yosys((folder / arguments[-1]).read_text(), folder)
        elif name in tools.NEXTPNR.values():
            seed = options["--seed"]
            used = {bel: {"used": 1} for bel in ("TRELLIS_COMB", "TRELLIS_FF", "MULT18X18D", "DP16KD")}
            report = {"fmax": {"clk": {"achieved": 100.0 + seed, "constraint": 50.0}}, "utilization": used}
            (folder / options["--report"]).write_text(json.dumps(report))
            if "--textcfg" in options:
                (folder / options["--textcfg"]).write_text(f"placed with seed {seed}")
        else:
            (folder / options["--bit"]).write_text((folder / options["--input"]).read_text())

    @staticmethod
    def yosys(script, folder):
        for name in re.findall(r"(?:-json|-o|write_verilog -noattr) (\S+\.(?:json|v))", script):
            (folder / name).write_text(json.dumps(STATISTICS))

    def during(self, action):
        """The tools that run during an action."""
        before = len(self.ran)
        action()
        return self.ran[before:]


@pytest.fixture
def fake_tools(monkeypatch, tmp_path):
    fake = FakeTools()
    monkeypatch.setattr(tools, "run", fake.run)
    monkeypatch.setattr(tools, "version", fake.version)
    monkeypatch.setenv("ATTNFORGE_CACHE", str(tmp_path / "cache"))
    return fake
