"""The command line of the FPGA flows: a bad request is one line and status 2, a failure one line and status 1."""

import sys

import click

from gen.errors import UsageError
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


def main():
    """Run the command line."""
    try:
        status = cli.main(prog_name="python -m fpga", standalone_mode=False)
    except UsageError as error:
        status = _fail(error, 2)
    except click.ClickException as error:
        status = _fail(error.format_message(), 2)
    except (BuildError, BuildFailed, LinkError, SimulationError, ToolError, OSError) as error:
        status = _fail(error, 1)
    except (click.Abort, KeyboardInterrupt):
        status = 130
    sys.exit(status if isinstance(status, int) else 0)


def _fail(message, status):
    print(f"error: {' '.join(str(message).split())}", file=sys.stderr)
    return status


if __name__ == "__main__":
    main()
