"""The import rule: numeric <- contract <- parts <- design <- gen <- sim <- fpga; designs are strangers."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HDL_PACKAGES = {"amaranth", "numpy"}
"""What all that becomes gates may import beside the standard library and itself."""


ABOVE = ("hdl", "gen", "sim", "fpga")
"""None of these imports one that stands after it."""
LOWER = {"numeric": (), "contract": ("numeric",), "parts": ("numeric", "contract")}
"""What the folders of hdl may import beside themselves; a design's, all three."""


def imports_of(file):
    """Absolute names of the modules that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # `from attnforge.hdl import parts` imports attnforge.hdl.parts as well as attnforge.hdl.
            yield from (f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names)


def layer(name):
    """The folder that an absolute module name lies in: ("hdl", "parts"), ("gen",), ..."""
    parts = name.removeprefix("attnforge.").split(".")
    return tuple(parts[:2]) if parts[0] == "hdl" else (parts[0],)


def allowed(importer, imported):
    """Whether a module of layer ``importer`` may import one of layer ``imported``."""
    ours = {"hdl", "gen", "sim", "fpga", "tests"}
    if imported[0] not in ours:
        return imported[0] in HDL_PACKAGES or imported[0] in STANDARD if importer[0] == "hdl" else True
    if importer[0] == "hdl":
        lower = LOWER.get(importer[1], ("numeric", "contract", "parts"))
        return imported[0] == "hdl" and (imported == importer or (len(imported) > 1 and imported[1] in lower))
    return importer[0] == "tests" or imported[0] in ABOVE[: ABOVE.index(importer[0]) + 1]


def python_files(*folders):
    return [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]


STANDARD = sys.stdlib_module_names


def test_layers():
    wrong = [f"{file.relative_to(ROOT)} imports {name}"
             for file in python_files("hdl", "gen", "sim", "fpga")
             for name in imports_of(file)
             if not allowed(layer(".".join(file.relative_to(ROOT).with_suffix("").parts)), layer(name))]
    assert not wrong, "\n".join(wrong)


def test_references_know_no_hardware():
    wrong = [f"{file.relative_to(ROOT)} imports {name}" for file in python_files("sim/reference")
             for name in imports_of(file) if layer(name)[0] in ("hdl", "gen", "fpga", "amaranth", "cocotb")]
    assert not wrong, "\n".join(wrong)


RELATIVE = ["gen/__main__.py imports .doctor.print_report"]  # it works where the package is not installed


def test_imports_are_absolute():
    """A module that is found under two names is loaded twice, and each has classes of its own."""
    wrong = [f"{file.relative_to(ROOT)} imports {name}"
             for file in python_files("hdl", "gen", "sim", "fpga", "tests") for name in imports_of(file)
             if name.startswith(".") or name.split(".")[0] in ("hdl", "gen", "sim", "fpga")]
    assert wrong == RELATIVE


@pytest.mark.parametrize("importer, imported, expected", [
    ("attnforge.hdl.vitality.top", "attnforge.hdl.parts.stream.beat", True),
    ("attnforge.hdl.vitality.top", "attnforge.hdl.vitality.config", True),
    ("attnforge.hdl.vitality.top", "attnforge.hdl.ant.config", False),
    ("attnforge.hdl.parts.stream.beat", "attnforge.hdl.numeric.integer", True),
    ("attnforge.hdl.numeric.integer", "attnforge.hdl.parts.stream.beat", False),
    ("attnforge.hdl.parts.stream.beat", "attnforge.hdl.vitality.top", False),
    ("attnforge.hdl.parts.stream.beat", "attnforge.gen.emission.emit", False),
    ("attnforge.hdl.parts.stream.beat", "rich", False),
    ("attnforge.hdl.parts.stream.beat", "numpy.random", True),
    ("attnforge.gen.emission.emit", "attnforge.hdl.vitality", True),
    ("attnforge.sim.simulator.build", "attnforge.gen.emission.emit", True),
    ("attnforge.gen.emission.emit", "tests.gen.toy", False),
    ("attnforge.gen.emission.emit", "attnforge.sim.data", False),
    ("attnforge.sim.bench.run", "attnforge.fpga.host", False),
])
def test_the_rule_itself(importer, imported, expected):
    assert allowed(layer(importer), layer(imported)) is expected
