"""``python -m sim``: run the benches; ``demo``: real heads through the RTL; ``prove``: what the parts promise."""

import sys

try:
    from attnforge.gen.installation import leave, start
except ModuleNotFoundError:
    sys.exit("error: attnforge is not installed in this Python: run make .venv/stamp, and take .venv/bin/python")

start(__file__)
try:
    from attnforge.sim.cli import main
except ModuleNotFoundError as error:
    leave(error)
main()
