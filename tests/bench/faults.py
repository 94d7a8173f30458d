"""Puts faults into copies of the sources, one at a time, and sees that a design's tests turn red.

``tests/DESIGN/faults.py`` names the faults of a design and runs with ::

    python -m tests.DESIGN.faults ["name of a fault" ...]

Each fault is a substitution of text in one file. It is made in a copy of the project under build/faults, where a part
of the tests runs until the first one fails. Exit status 1 when a fault stays unseen.
"""

import ast
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Campaign", "Fault"]

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("hdl", "gen", "sim")
NAMESPACE = "attnforge"
"""The copies lie in a folder of this name, which Python finds before the installed package."""
TOGETHER = 2


@dataclass(frozen=True)
class Fault:
    """``old`` becomes ``new`` in ``file``; ``old`` is there exactly once."""

    name: str
    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Campaign:
    """The faults of a design, and what is to see them.

    Parameters
    ----------
    design : str
        Its tests are in ``tests/design``.
    files : tuple of str
        Those of its test files that run, in order.
    selection : str
        Which tests of these, as pytest's ``-k``.
    faults : tuple of Fault
    """

    design: str
    files: tuple[str, ...]
    selection: str
    faults: tuple[Fault, ...]

    @property
    def _work(self):
        return ROOT / "build" / "faults" / self.design

    def _folder(self, fault):
        return self._work / (f"fault{self.faults.index(fault):02}" if fault else "none")

    @staticmethod
    def changed(fault):
        """The text of the fault's file with the fault in it.

        Raises
        ------
        ValueError
            The text is not there once, or only in a promise, which makes no gates.
        """
        text = (ROOT / "hdl" / fault.file).read_text()
        if (found := text.count(fault.old)) != 1:
            raise ValueError(f"{fault.name}: {fault.file} has the text {fault.old!r} {found} times, not once")
        line = text[: text.index(fault.old)].count("\n") + 1
        around = [node.name for node in ast.walk(ast.parse(text))
                  if isinstance(node, ast.FunctionDef) and node.lineno <= line <= node.end_lineno]
        if any(name.startswith("_promise") for name in around):
            raise ValueError(f"{fault.name}: {fault.old!r} is in a promise of {fault.file}, which makes no gates")
        return text.replace(fault.old, fault.new)

    def _prepare(self, fault):
        """Copy the project, and put the fault into the copy."""
        folder = self._folder(fault)
        places = {f"{NAMESPACE}/{name}": name for name in COPIED}
        places |= {name: name for name in ("tests/bench", f"tests/{self.design}")}
        for place, name in places.items():
            shutil.copytree(ROOT / name, folder / place, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", folder)
        if fault:
            (folder / NAMESPACE / "hdl" / fault.file).write_text(self.changed(fault))

    def _check(self, fault):
        """Run the tests with a fault, or with none; returns (red or green, what failed, seconds)."""
        folder = self._folder(fault)
        began = time.monotonic()
        environment = {**os.environ, "ATTNFORGE_CACHE": str(self._work / "cache"), "PYTHONPATH": str(folder),
                       "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-rfE", "--tb=line", "-p", "no:cacheprovider",
                   "-m", "not slow", "-k", self.selection, *(f"tests/{self.design}/{file}" for file in self.files)]
        run = subprocess.run(command, cwd=folder, env=environment, text=True, check=False, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT)
        (folder / "tests.log").write_text(run.stdout)
        lines = [line for line in run.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
        first = lines[0].split("::", 1)[-1] if lines else run.stdout.strip().splitlines()[-1]
        # A copy that can't be built or imported is no proof of anything.
        red = run.returncode == 1 and lines[0].startswith("FAILED")
        return "red" if red else "green" if run.returncode == 0 else "broken", first, time.monotonic() - began

    def main(self, names):
        """Check the faults of these names, all without any; the sources without a fault must be green."""
        chosen = [fault for fault in self.faults if not names or fault.name in names]
        unknown = set(names) - {fault.name for fault in self.faults}
        if unknown:
            raise SystemExit(f"no such fault: {', '.join(sorted(unknown))}")
        shutil.rmtree(self._work, ignore_errors=True)
        for fault in (None, *chosen):
            self._prepare(fault)
        wrong = 0
        with ThreadPoolExecutor(TOGETHER) as pool:
            for fault, (colour, first, seconds) in zip(
                [None, *chosen], pool.map(self._check, [None, *chosen]), strict=True
            ):
                wrong += colour != ("red" if fault else "green")
                name, file = (fault.name, fault.file) if fault else ("no fault", "")
                print(f"{colour:<9} {name:<50} {file:<24} {seconds:4.0f} s  {first[:90]}", flush=True)
        shutil.rmtree(self._work / "cache")
        print(f"{len(chosen)} faults, {wrong} results not as they should be")
        return wrong > 0
