"""``python -m sim``: run the benches; ``demo``: real heads through the RTL; ``prove``: what the parts promise."""

import sys

try:
    from attnforge.gen.installation import begin
except ModuleNotFoundError:
    sys.exit("error: attnforge is missing in this Python: run make .venv/stamp, and take .venv/bin/python")

begin("sim", __file__)
