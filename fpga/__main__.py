"""``python -m fpga``: bitstreams, reports, and jobs on boards."""

import sys

try:
    from attnforge.gen.installation import leave, start
except ModuleNotFoundError:
    sys.exit("error: attnforge is not installed in this Python: run make .venv/stamp, and take .venv/bin/python")

start(__file__)
try:
    from attnforge.fpga.cli import main
except ModuleNotFoundError as error:
    leave(error)
main()
