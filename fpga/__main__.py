"""``python -m fpga``: bitstreams, reports, and jobs on boards."""

import sys

try:
    from attnforge.gen.installation import begin
except ModuleNotFoundError:
    sys.exit("error: attnforge is missing in this Python: run make .venv/stamp, and take .venv/bin/python")

begin("fpga", __file__)
