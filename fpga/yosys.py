"""yosys as the FPGA flow runs it: a warning that nobody has judged ends the run."""

from . import tools

HARMLESS = {
    "has an unprocessed 'init' attribute": "A register that begins at 0 went into a DSP block, whose registers do too.",
}
"""Warnings that may pass, and why. Any other is an error: yosys can miscompile with no more than a warning."""


def run(script, name, folder):
    """Run a script in ``folder``; ``<name>.ys`` and ``<name>.log`` stay there.

    Raises
    ------
    ToolError
        yosys failed, or warned of something that is not in `HARMLESS`.
    """
    judged = "".join(f'logger -nowarn "{warning}"\n' for warning in HARMLESS)
    (folder / f"{name}.ys").write_text(f"{judged}logger -werror .\n{script}")
    log = f"{name}.log"
    tools.run(tools.YOSYS, "-q", "-l", log, f"{name}.ys", folder=folder, log=f"{name}.console", own_log=log)
