"""The generator on a real design: what its users are promised."""

import re
import subprocess
import time
from pathlib import Path

import pytest

from attnforge.gen import generate
from attnforge.gen.emission.emit import emit
from attnforge.gen.request import resolve
from attnforge.gen.yosys import run_yosys
from tests.gen.test_cli import check_refusal
from tests.simulators import require

BAD = {
    "zero rows": (["--pe", "0x16"], "--pe 0x16: rows is a whole number from 1 to 128, not 0"),
    "one number": (["--pe", "16"], "--pe 16: .* such as 16x16"),
    "too many": (["--pe", "16x129"], "--pe 16x129: columns is a whole number from 1 to 128, not 129"),
    "bits": (["--bits", "1"], "--bits 1: bits is a whole number from 2 to 16, not 1"),
    "tokens": (["--tokens", "-3"], "--tokens -3: max_tokens is a whole number from 1 to .*, not -3"),
    "beat": (["--set", "beat_bytes=3"], "--set beat_bytes=3: beat_bytes is a power of two, not 3"),
    "dividers": (["--pe", "4x4", "--set", "dividers=3"], "--set dividers=3: dividers is one of 1, 2, 4"),
    "target": (["--target", "virtex"], "--target virtex: no target 'virtex'"),
    "key sum": (["--set", "key_sum=maybe"], "--set key_sum=maybe: key_sum is true or false, not 'maybe'"),
}


@pytest.mark.parametrize("arguments, message", BAD.values(), ids=BAD)
def test_bad_options_are_refused(run, arguments, message):
    check_refusal(run, ["--design", "vitality", *arguments], message)


def test_near_name(run):
    check_refusal(run, ["--design", "vitalty"], "--design vitalty: .* did you mean vitality")


def module_count(verilog):
    return len(re.findall("^module ", verilog, re.MULTILINE))


@pytest.fixture(scope="module")
def tiny():
    request = resolve("vitality", preset="tiny")
    return emit(request.design.top(request.config), "tiny", check_keys=True)


def test_yosys_finds_no_loop_and_no_conflict(tiny):
    run_yosys(f"read_verilog <<verilog\n{tiny.verilog}\nverilog\nhierarchy -check -top tiny\nproc\nflatten\n"
              "opt_expr\ncheck -assert\n")


@pytest.mark.parametrize("standard", ["2001", "2005", "2009", "2012"])
def test_icarus_reads_it(tiny, standard):
    require("icarus")
    Path("tiny.v").write_text(tiny.verilog)
    run = subprocess.run(["iverilog", f"-g{standard}", "-tnull", "tiny.v"], text=True, check=False, capture_output=True)
    assert run.returncode == 0 and run.stderr == ""


def test_names_need_no_escapes(tiny):
    assert "\\" not in tiny.verilog


def test_two_runs_give_equal_bytes():
    folders = [generate("vitality", preset="tiny", target="ecp5", out=out)[1] for out in ("first", "second")]
    first, second = ({file.name: file.read_bytes() for file in folder.iterdir()} for folder in folders)
    assert first == second and len(first) == 7


@pytest.mark.slow
def test_size_costs_neither_modules_nor_patience():
    counts, seconds = [], []
    for size, limit in (("16x16", 3), ("64x64", 10), ("128x128", 30)):
        start = time.perf_counter()
        core, _, _ = generate("vitality", pe=size, out=size)
        seconds.append(time.perf_counter() - start)
        counts.append(module_count(core.verilog))
        # Twice the limit: tests share the machine.
        assert seconds[-1] < 2 * limit, f"{size} took {seconds[-1]:.1f} s"
    assert len(set(counts)) == 1 and counts[0] < 66, counts
