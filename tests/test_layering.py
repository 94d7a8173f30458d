"""The import rule: numeric <- parts <- design <- gen, sim, fpga; designs are strangers; references know no hardware."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HDL_PACKAGES = {"amaranth", "numpy"}
"""What all that becomes gates may import beside the standard library and itself."""


def imports_of(file):
    """Absolute names of the modules that a file imports, wherever in the file."""
    package = file.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) + "." if node.level else ""
            # `from hdl import parts` imports hdl.parts as well as hdl.
            name = (base + (node.module or "")).rstrip(".")
            yield from (f"{name}.{alias.name}" for alias in node.names)


def layer(name):
    """The folder that an absolute module name lies in: ("hdl", "parts"), ("gen",), ..."""
    parts = name.split(".")
    return tuple(parts[:2]) if parts[0] == "hdl" else (parts[0],)


def allowed(importer, imported):
    """Whether a module of layer ``importer`` may import one of layer ``imported``."""
    ours = {"hdl", "gen", "sim", "fpga", "tests"}
    if imported[0] not in ours:
        return imported[0] in HDL_PACKAGES or imported[0] in STANDARD if importer[0] == "hdl" else True
    if importer[0] == "hdl":
        lower = {"numeric": (), "parts": ("numeric",)}.get(importer[1], ("numeric", "parts"))
        return imported[0] == "hdl" and (imported == importer or (len(imported) > 1 and imported[1] in lower))
    if imported[0] == "tests":
        return importer[0] == "tests"
    return True


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


@pytest.mark.parametrize("importer, imported, expected", [
    ("hdl.vitality.top", "hdl.parts.stream", True),
    ("hdl.vitality.top", "hdl.vitality.config", True),
    ("hdl.vitality.top", "hdl.ant.config", False),
    ("hdl.parts.stream", "hdl.numeric.integer", True),
    ("hdl.numeric.integer", "hdl.parts.stream", False),
    ("hdl.parts.stream", "hdl.vitality.top", False),
    ("hdl.parts.stream", "gen.emit", False),
    ("hdl.parts.stream", "rich", False),
    ("hdl.parts.stream", "numpy.random", True),
    ("gen.emit", "hdl.vitality", True),
    ("sim.build", "gen.emit", True),
    ("gen.emit", "tests.gen.toy", False),
])
def test_the_rule_itself(importer, imported, expected):
    assert allowed(layer(importer), layer(imported)) is expected
