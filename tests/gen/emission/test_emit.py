"""Emission: deterministic, free of paths and dates, whole or not at all, and read by the usual tools."""

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from attnforge.gen import generate
from attnforge.gen.emission.emit import emit
from attnforge.gen.emission.verilog import to_verilog
from attnforge.gen.lint import lint_text
from attnforge.gen.tools import ToolError
from attnforge.gen.yosys import run_yosys
from tests.gen import toy
from tests.simulators import require


def files_of(folder):
    return {file.name: file.read_bytes() for file in Path(folder).iterdir()}


def test_same_request_same_bytes(tmp_path):
    generate("toyling", pe="3x4", out="first")
    generate("toyling", pe="3x4", out="second")
    assert files_of("first") == files_of("second")
    text = b"".join(files_of("first").values()).decode()
    project = str(Path(__file__).parents[3])
    for leak in (str(Path.home()), str(tmp_path), project, "site-packages", "Yosys 0", "verilog_backend"):
        assert leak not in text
    assert not re.search(r"\b20[0-9][0-9]-[01][0-9]-", text), "a date"


def test_bytes_do_not_depend_on_hashes():
    program = ("from attnforge.gen.emission.emit import emit; from tests.gen.toy import Config, Toy; "
               "print(emit(Toy(Config(rows=3, columns=3)), 'toy').verilog)")
    texts = {subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True,
                            cwd=Path(__file__).parents[3], env={**os.environ, "PYTHONHASHSEED": seed}).stdout
             for seed in ("1", "2")}
    assert len(texts) == 1


def test_module_count_and_size_do_not_grow():
    texts = [emit(toy.Toy(toy.Config(rows=size, columns=size)), "toy").verilog for size in (2, 8, 32)]
    assert [len(re.findall("^module ", text, re.MULTILINE)) for text in texts] == [3, 3, 3]


def test_manifest_tells_the_core():
    core, folder, files = generate("toyling", pe="1x1", target="ice40")
    manifest = json.loads((folder / "toyling_1x1.json").read_text())
    assert files == ["toyling_1x1.v", "toyling_1x1.f", "toyling_1x1.json"]
    assert manifest["target"] == "ice40"
    assert manifest["files"]["toyling_1x1.v"]["sha256"] == hashlib.sha256(core.verilog.encode()).hexdigest()
    assert manifest["ports"][0] == {"name": "clk", "direction": "input", "bits": 1}
    assert {"name": "o", "direction": "output", "bits": 8} in manifest["ports"]
    assert manifest["modules"] == {"toyling_1x1": "Toy", "toyling_1x1_row": "Row", "toyling_1x1_square": "Square"}
    assert any(register["name"] == "TOKENS" for register in manifest["registers"]["registers"])
    assert manifest["estimate"]["dsp_name"] == "SB_MAC16"
    assert (folder / "toyling_1x1.f").read_text() == "toyling_1x1.v\n"


def test_failure_leaves_nothing(monkeypatch, toyling):
    def fail(config):
        raise RuntimeError("in the middle")

    monkeypatch.setattr(toy, "Toy", fail)
    object.__setattr__(toyling, "top", fail)
    try:
        with pytest.raises(RuntimeError):
            generate("toyling", out="new/folder")
        assert not list(Path().iterdir())
        Path("old").mkdir()
        Path("old/toyling_2x2.v").write_text("before")
        with pytest.raises(RuntimeError):
            generate("toyling", out="old")
        assert files_of("old") == {"toyling_2x2.v": b"before"}
    finally:
        monkeypatch.undo()
        object.__setattr__(toyling, "top", toy.Toy)


def test_other_files_stay_and_equal_ones_are_left_alone():
    generate("toyling", out="out")
    Path("out/notes.txt").write_text("mine")
    verilog = Path("out/toyling_2x2.v")
    before = verilog.stat().st_mtime_ns, verilog.stat().st_ino
    generate("toyling", out="out")
    assert (verilog.stat().st_mtime_ns, verilog.stat().st_ino) == before
    assert Path("out/notes.txt").read_text() == "mine"
    assert len(files_of("out")) == 4


def test_text_is_readable():
    text = emit(toy.Toy(toy.Config()), "toy", header="A toy.").verilog
    assert text.startswith("// A toy.\n\n// Rows side by side, their results xor-ed.\nmodule toy (\n  input wire clk,")
    names = re.findall(r"^module (\w+)", text, re.MULTILINE)
    assert names == ["toy", "toy_row", "toy_square"], "from the top down"
    assert "\\" not in text, "escaped names"


class Reserved(wiring.Component):
    """Everything has a name that Verilog keeps for itself."""

    key = ()

    def __init__(self):
        super().__init__({"begin": In(4), "within": Out(4)})

    def elaborate(self, platform):
        m = Module()
        table = Signal(4, name="table", reset_less=True)
        m.submodules.output = memory = Memory(shape=4, depth=4, init=[])
        write, read = memory.write_port(), memory.read_port(domain="comb")
        m.d.sync += table.eq(self.begin + read.data)
        m.d.comb += [write.data.eq(self.begin), write.addr.eq(table), read.addr.eq(table), self.within.eq(table),
                     write.en.eq(1)]
        return m


def test_reserved_words_need_no_escapes():
    text = emit(Reserved(), "reserved").verilog
    assert "\\" not in text
    assert "input wire [3:0] begin_" in text and "table_2" in text
    assert lint_text(text, "reserved") == ""


def test_tools_read_the_text():
    text = emit(toy.Toy(toy.Config()), "toy").verilog
    assert lint_text(text, "toy") == ""
    run_yosys(f"read_verilog <<verilog\n{text}\nverilog\nhierarchy -check -top toy\nproc\ncheck -assert\n")
    require("icarus")
    Path("toy.v").write_text(text)
    for standard in ("2005", "2012"):
        run = subprocess.run(["iverilog", f"-g{standard}", "-Wall", "-tnull", "toy.v"], text=True, check=False,
                             capture_output=True)
        assert run.returncode == 0 and run.stderr == ""


def test_lint_finds_what_is_wrong():
    narrow = "module m (input wire [3:0] a, output wire [1:0] b);\n assign b = a;\nendmodule\n"
    unused = "module m (input wire [3:0] a);\nendmodule\n"
    assert "WIDTHTRUNC" in lint_text(narrow, "m")
    assert "UNUSEDSIGNAL" in lint_text(unused, "m")


def test_assertions_are_plain_verilog():
    rtlil = r"""
module \checked
  wire input 1 \clk
  wire input 2 \good
  cell $check \check
    parameter \FLAVOR "assert"
    parameter \TRG_ENABLE 1
    parameter \TRG_WIDTH 1
    parameter \TRG_POLARITY 1
    parameter \ARGS_WIDTH 0
    parameter \FORMAT "collision"
    parameter \PRIORITY 0
    connect \EN 1'1
    connect \ARGS { }
    connect \TRG \clk
    connect \A \good
  end
end
"""
    text = to_verilog(rtlil)
    assert "assert (" not in text
    assert re.search(r"`ifndef SYNTHESIS\n  always @\(posedge clk\).*\$finish; end\n.*`endif", text, re.DOTALL)
    assert lint_text(text, "checked") == ""


def test_yosys_errors_are_told():
    with pytest.raises(ToolError, match="nonsense"):
        run_yosys("nonsense")
