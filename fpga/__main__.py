"""``python -m fpga``: bitstreams, reports, and jobs on boards."""

from attnforge.fpga.cli import main

main()
