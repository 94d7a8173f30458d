"""``python -m fpga``: bitstreams, reports, and jobs on boards."""

import sys

from attnforge.gen.command_line import program
from attnforge.gen.extras import EXTRAS, missing

try:
    from attnforge.fpga.cli import main
except ModuleNotFoundError as error:
    if error.name not in EXTRAS:
        raise
    sys.exit(program(f"error: {missing(error.name)}"))

main()
