"""The command line of the FPGA flows: a bad request is one line and status 2, a failure one line and status 1."""

import click

from gen.command_line import run
from sim.build import BuildError
from sim.runner import SimulationError

from .bitstream import BuildFailed
from .bitstream_cli import bitstream_command, boards_command
from .link_cli import run_command, simulate_command
from .link_errors import LinkError
from .netlist_cli import netlist_command
from .report_cli import report_command
from .tools import ToolError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli():
    """FPGA flows of attnforge."""


COMMANDS = (bitstream_command, boards_command, netlist_command, report_command, run_command, simulate_command)
for command in COMMANDS:
    cli.add_command(command)


if __name__ == "__main__":
    run(cli, "python -m fpga", BuildError, BuildFailed, LinkError, SimulationError, ToolError, OSError)
