"""Running a command line: whatever goes wrong is one line on standard error, and an exit status."""

import sys

import click

from attnforge.gen.errors import UsageError
from attnforge.gen.installation import leave, program
from attnforge.hdl.numeric import InputError


def run(command, name, *failures, arguments=None):
    """Run a click command and end the program: status 2 for a bad request, 1 for a failure, 130 when interrupted.

    Parameters
    ----------
    command : click.Command
    name : str
        What the user typed to get here: ``python -m gen``, or ``attnforge gen``, which stands in for it in all texts.
    failures : exception types
        What may go wrong with a good request; anything else is a defect, and shows its traceback.
    arguments : list of str
        Those of the program by default.
    """
    _name_programs(command)
    try:
        status = command.main(arguments, prog_name=program(name), standalone_mode=False)
    except (UsageError, InputError) as error:
        status = _fail(error, 2)
    except click.ClickException as error:
        status = _fail(error.format_message(), 2)
    except failures as error:
        status = _fail(error, 1)
    except ModuleNotFoundError as error:
        leave(error)
    except (click.Abort, KeyboardInterrupt):
        status = 130
    sys.exit(status if isinstance(status, int) else 0)


def _name_programs(command):
    for each in (command, *getattr(command, "commands", {}).values()):
        each.help = each.help and program(each.help)
        for option in each.params:
            if getattr(option, "help", None):
                option.help = program(option.help)


def _fail(message, status):
    print(f"error: {program(' '.join(str(message).split()))}", file=sys.stderr)
    return status
