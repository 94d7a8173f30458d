"""``python -m sim``: run the benches; ``demo``: real heads through the RTL; ``prove``: what the parts promise."""

from attnforge.sim.cli import main

main()
