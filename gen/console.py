"""The console command: ``attnforge gen ...`` is ``python -m gen ...`` in any folder; so with ``sim`` and ``fpga``."""

import sys

import click

from attnforge.gen.command_line import run
from attnforge.gen.installation import begin

COMMANDS = {"gen": "Verilog and its manifest.", "sim": "Benches, demonstrations, proofs.",
            "fpga": "Bitstreams, reports, jobs on a board."}
REST = {"ignore_unknown_options": True, "help_option_names": []}  # options are the command line's own


@click.group(no_args_is_help=False, context_settings={"help_option_names": ["-h", "--help"]})
def cli():
    """Generate, verify and measure attention accelerators."""


def _add(name, text):
    @cli.command(name, help=text, context_settings=REST)
    @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
    def command(arguments):
        sys.argv[1:] = arguments
        begin(name)


for _name, _text in COMMANDS.items():
    _add(_name, _text)


def main():
    """Run one of the command lines."""
    run(cli, "attnforge")
