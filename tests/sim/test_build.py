"""Builds: kept by content, and what is wrong with them told in one line."""

import pytest

from sim.build import BuildError, build, simulators

CORE = "module core(input wire clk, rst, output reg [3:0] count); always @(posedge clk) count <= {}; endmodule"
PORTS = ("clk", "rst", "count")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ATTNFORGE_CACHE", str(tmp_path))


def make(body="count + 1", **options):
    return build(CORE.format(body), "core", ports=PORTS, **options)


def test_equal_text_is_built_once():
    if "icarus" not in simulators():
        pytest.skip("icarus is not installed")
    first = make(simulator="icarus")
    stamp = (first.folder / "done").stat().st_mtime_ns
    assert make(simulator="icarus") == first and (first.folder / "done").stat().st_mtime_ns == stamp
    assert make("count + 2", simulator="icarus").folder != first.folder
    assert make(simulator="icarus", waves=True).folder != first.folder


def test_a_broken_text_names_the_first_error_and_the_log():
    with pytest.raises(BuildError, match=r"verilator_bin failed: %Error.*syntax error.*all of it: .*build\.log"):
        make("count +")


def test_an_interrupted_build_is_made_again():
    if "icarus" not in simulators():
        pytest.skip("icarus is not installed")
    first = make(simulator="icarus")
    (first.folder / "done").unlink()
    (first.folder / "simulation.vvp").unlink()
    assert make(simulator="icarus") == first and (first.folder / "simulation.vvp").exists()


def test_an_unknown_simulator_is_refused():
    with pytest.raises(BuildError, match="no simulator 'spice'; there are verilator and icarus"):
        make(simulator="spice")
