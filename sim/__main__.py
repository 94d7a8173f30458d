"""``python -m sim``: run the benches; ``python -m sim demo``: real heads through the RTL."""

from sim.cli import main

main()
