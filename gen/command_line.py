"""Running a command line: whatever goes wrong is one line on standard error, and an exit status."""

import sys

import click

from hdl.numeric import InputError

from .errors import UsageError


def run(command, name, *failures, arguments=None):
    """Run a click command and end the program: status 2 for a bad request, 1 for a failure, 130 when interrupted.

    Parameters
    ----------
    command : click.Command
    name : str
        What the user typed to get here.
    failures : exception types
        What may go wrong with a good request; anything else is a defect, and shows its traceback.
    arguments : list of str
        Those of the program by default.
    """
    try:
        status = command.main(arguments, prog_name=name, standalone_mode=False)
    except (UsageError, InputError) as error:
        status = _fail(error, 2)
    except click.ClickException as error:
        status = _fail(error.format_message(), 2)
    except failures as error:
        status = _fail(error, 1)
    except (click.Abort, KeyboardInterrupt):
        status = 130
    sys.exit(status if isinstance(status, int) else 0)


def _fail(message, status):
    print(f"error: {' '.join(str(message).split())}", file=sys.stderr)
    return status
