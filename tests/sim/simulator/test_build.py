"""Builds: kept by content, and what is wrong with them told in one line."""

import shutil

import pytest

import attnforge.sim.simulator.build as build_module
from attnforge.sim.simulator.build import BuildError, build
from tests.simulators import require

CORE = "module core(input wire clk, rst, output reg [3:0] count); always @(posedge clk) count <= {}; endmodule"
PORTS = ("clk", "rst", "count")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ATTNFORGE_CACHE", str(tmp_path))


def make(body="count + 1", **options):
    return build(CORE.format(body), "core", ports=PORTS, **options)


def test_equal_text_is_built_once():
    require("icarus")
    first = make(simulator="icarus")
    stamp = (first.folder / "done").stat().st_mtime_ns
    assert make(simulator="icarus") == first and (first.folder / "done").stat().st_mtime_ns == stamp
    assert make("count + 2", simulator="icarus").folder != first.folder
    assert make(simulator="icarus", waves=True).folder != first.folder


def test_a_broken_text_names_the_first_error_and_the_log():
    with pytest.raises(BuildError, match=r"verilator_bin failed: %Error.*syntax error.*all of it: .*build\.log"):
        make("count +")


def test_an_interrupted_build_is_made_again():
    require("icarus")
    first = make(simulator="icarus")
    (first.folder / "done").unlink()
    (first.folder / "simulation.vvp").unlink()
    assert make(simulator="icarus") == first and (first.folder / "simulation.vvp").exists()


def test_an_unknown_simulator_is_refused():
    with pytest.raises(BuildError, match="no simulator 'spice'; there are verilator and icarus"):
        make(simulator="spice")


SWAPS = {
    "text": {"verilog": CORE.format("2")},
    "top": {"top": "other"},
    "ports": {"ports": ("clk", "rst")},
    "target": {"target": "ecp5"},
    "cells": {"cells": ("module cell; endmodule",)},
    "waves": {"waves": True},
    "harness": {"beat_bytes": 2},
}


@pytest.fixture
def key(monkeypatch):
    """The folder of a build, which is made of everything that it follows from; nothing is compiled."""
    monkeypatch.setattr(build_module._Verilator, "make", lambda self, folder, sources: None)

    def of(**changes):
        return build(**{"verilog": CORE.format("1"), "top": "core", "ports": PORTS, **changes}).folder

    assert of() == of()
    return of


@pytest.mark.parametrize("swap", SWAPS)
def test_a_build_follows_what_it_is_made_of(key, swap):
    assert key(**SWAPS[swap]) != key()


@pytest.mark.parametrize("package", ["verilator", "cocotb"])
def test_a_build_follows_the_packages(key, monkeypatch, package):
    before, version = key(), build_module.importlib.metadata.version
    monkeypatch.setattr(build_module.importlib.metadata, "version",
                        lambda name: "0.0" if name == package else version(name))
    assert key() != before


def test_a_build_follows_the_compiler(key, monkeypatch):
    before = key()
    monkeypatch.setattr(build_module, "_compiler", lambda: "g++ 1.0")
    assert key() != before


@pytest.mark.parametrize("constant, options", [("HARNESS", {"beat_bytes": 2}), ("FST", {"waves": True})])
def test_a_build_follows_the_files_beside_it(key, monkeypatch, tmp_path, constant, options):
    before, path = key(**options), getattr(build_module, constant)
    changed = tmp_path / "changed"
    if path.is_dir():
        shutil.copytree(path, changed)
        (changed / "more.h").write_text("// more\n")
    else:
        changed.write_text(path.read_text() + "// more\n")
    monkeypatch.setattr(build_module, constant, changed)
    assert key(**options) != before
