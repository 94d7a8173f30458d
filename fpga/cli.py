"""The command line of the FPGA flows: a bad request is one line and status 2, a failure one line and status 1."""

import click

from attnforge.fpga.flow.bitstream import BuildFailed
from attnforge.fpga.flow.command import bitstream_command, boards_command
from attnforge.fpga.flow.tools import ToolError
from attnforge.fpga.host.command import run_command, simulate_command
from attnforge.fpga.host.errors import LinkError
from attnforge.fpga.netlist.command import netlist_command
from attnforge.fpga.report.command import report_command
from attnforge.gen.command_line import run
from attnforge.sim.bench.run import SimulationError
from attnforge.sim.simulator.build import BuildError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli():
    """FPGA flows of attnforge."""


COMMANDS = (bitstream_command, boards_command, netlist_command, report_command, run_command, simulate_command)
for command in COMMANDS:
    cli.add_command(command)


def main():
    """Run the command line."""
    run(cli, "python -m fpga", BuildError, BuildFailed, LinkError, SimulationError, ToolError, OSError)
