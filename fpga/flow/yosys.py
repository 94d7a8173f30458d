"""yosys as the FPGA flow runs it: every warning ends the run, since yosys can miscompile with no more than one."""

from attnforge.fpga.flow import tools

STRICT = "logger -werror .\n"


def run(script, name, folder):
    """Run a script in ``folder``; ``<name>.ys`` and ``<name>.log`` stay there.

    Raises
    ------
    ToolError
        yosys failed, or warned of something.
    """
    (folder / f"{name}.ys").write_text(STRICT + script)
    log = f"{name}.log"
    tools.run(tools.YOSYS, "-q", "-l", log, f"{name}.ys", folder=folder, log=f"{name}.console", own_log=log)
