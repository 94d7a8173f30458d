"""``python -m gen``: Verilog and its manifest; ``doctor``: what is installed."""

import sys

if sys.argv[1:] == ["doctor"]:  # has to work where nothing is installed
    from .doctor import print_report

    sys.exit(0 if print_report() else 1)
try:
    from attnforge.gen.installation import begin
except ModuleNotFoundError:
    sys.exit("error: attnforge is missing in this Python: run make .venv/stamp, and take .venv/bin/python; "
             "`python -m gen doctor` shows what is installed")

begin("gen", __file__)
