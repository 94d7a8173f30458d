"""What emitted bytes and checks may not rest on: names found in bytecode, and statements that Python may drop."""

import ast
import re
from pathlib import Path

import pytest

from attnforge.gen.emission.emit import emit_design
from attnforge.gen.registry import DESIGNS
from attnforge.gen.request import resolve

ROOT = Path(__file__).parents[1]
NAMED = {"Signal": ("name",), "Signal.like": ("name", "name_suffix"), "ClockDomain": ("name",), "IOPort": ("name",),
         "Record": ("name",), "create": ("path",), "MemoryData": (), "Signature.create": ("path",)}
"""What Amaranth looks up in the bytecode of the caller, and the arguments of which one makes it say its name.

A MemoryData has none; a memory of `amaranth.lib.memory` is called as its submodule.
"""
POSITIONAL = {"ClockDomain": 1, "IOPort": 2}
"""Where a positional argument can be the name: how many there are then."""
DEFAULT = re.compile(r"\b(?:reg|wire)\b[^;=]*?\b((?:signal|like|memory|signature)(?:_\d+)?)\b(?! \()")
"""What a signal without a name is called in the text."""


def nameless(text):
    """Lines of a Python text with a call that would have its name looked up."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if called == "like":
            called = f"{ast.unparse(function.value).rpartition('.')[2]}.like"
        if called in NAMED:
            given = {keyword.arg for keyword in node.keywords}
            if not given & set(NAMED[called]) and len(node.args) < POSITIONAL.get(called, 100):
                yield node.lineno


def python_files(*folders):
    return [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]


def test_whatever_becomes_gates_says_its_name():
    wrong = [f"{file.relative_to(ROOT)}:{line}: give it a name" for file in python_files("hdl", "fpga", "sim")
             for line in nameless(file.read_text(encoding="utf-8"))]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("text, found", [
    ("count = Signal(4)", True),
    ("low, high = Signal(name='low'), Signal()", True),
    ("parts = [hdl.Signal(8) for _ in range(3)]", True),
    ("s2_count = Signal.like(count, reset_less=True)", True),
    ("s2_count = Signal.like(count, name_suffix='_2')", False),
    ("count = Signal(4, name='count')", False),
    ("fast = ClockDomain()", True),
    ("fast = ClockDomain('fast')", False),
    ("store = MemoryData(shape=8, depth=4, init=[])", True),
    ("beat = stream.Signature(8).create()", True),
    ("beat = stream.Signature(8).create(path=('beat',))", False),
    ("taken = stall.like(other)", False),
])
def test_the_rule_itself(text, found):
    assert bool(list(nameless(text))) is found


@pytest.mark.parametrize("design", ["vitality", "ant", "dense"])
def test_no_register_has_a_name_that_nobody_gave(design):
    """The presets that differ most: registers that only large cores have, and a target's primitives."""
    for preset, target in (("tiny", "generic"), ("tiny", "ice40"), ("ulx3s_85f", "ecp5")):
        text = emit_design(resolve(design, preset=preset, target=target)).verilog
        assert not DEFAULT.findall(text)


def test_names_that_nobody_gave_are_recognised():
    text = "reg [3:0] signal_28;\nwire like;\nreg signal_of_life;\nwire [1:0] s1_signal;\nreg [7:0] signal [3:0];\n"
    assert DEFAULT.findall(text) == ["signal_28", "like", "signal"]


def test_checks_stay_where_python_drops_asserts():
    wrong = [f"{file.relative_to(ROOT)}:{node.lineno}: raise instead of assert"
             for file in python_files("hdl", "gen", "sim", "fpga")
             for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
             if isinstance(node, ast.Assert) or (isinstance(node, ast.Name) and node.id == "__debug__")]
    assert not wrong, "\n".join(wrong)


def test_docstrings_that_reach_the_text_come_from_one_place():
    """``__doc__`` is None under -OO, and a dataclass then makes one up."""
    wrong = [f"{file.relative_to(ROOT)}:{node.lineno}: use docstring()" for file in python_files("hdl", "gen")
             for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
             if isinstance(node, ast.Attribute) and node.attr == "__doc__" and file.name != "docstrings.py"]
    assert not wrong, "\n".join(wrong)
    assert all(DESIGNS[name].title for name in DESIGNS)
