"""The console command: ``attnforge gen ...`` is ``python -m gen ...`` in any folder; so with ``sim`` and ``fpga``."""

import runpy
import sys

COMMANDS = {"gen": "Verilog and its manifest", "sim": "benches, demonstrations, proofs",
            "fpga": "bitstreams, reports, jobs on a board"}


def main():
    """Run one of the command lines."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name in COMMANDS:
        del sys.argv[1]
        runpy.run_module(f"attnforge.{name}", run_name="__main__", alter_sys=False)
    elif name in ("-h", "--help"):
        print("Usage: attnforge COMMAND ...\n")
        for each, what in COMMANDS.items():
            print(f"  attnforge {each:<5} {what}")
    else:
        print(f"error: {name or 'no command'}: give one of {', '.join(COMMANDS)}", file=sys.stderr)
        sys.exit(2)
