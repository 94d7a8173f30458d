"""The command line: options in, a request out, results as short tables. Thin: all logic is elsewhere."""

import sys

import click
from rich.console import Console

from attnforge.gen.command_line import run
from attnforge.gen.errors import UsageError
from attnforge.gen.fields import read_settings

_REQUEST_OPTIONS = (
    click.option("--preset", metavar="NAME", help="Start from a named size of the design."),
    click.option("--config", "config_file", metavar="FILE.toml", help="Config fields, and design, preset, target, pe."),
    click.option("--pe", metavar="RxC", help="Rows and columns of the array, such as 16x16."),
    click.option("--tokens", metavar="N", help="Most tokens of a job."),
    click.option("--head-dim", metavar="D", help="Most features of a query and a key."),
    click.option("--value-dim", metavar="D", help="Most features of a value."),
    click.option("--bits", metavar="B", help="Width of the operands."),
    click.option("--set", "settings", metavar="KEY=VALUE", multiple=True, help="Any config field; repeatable."),
    click.option("--target", metavar="NAME", help="generic (default), ecp5, ice40 or gowin."),
    click.option("--name", metavar="NAME", help="Name of the top module."),
)


def _request_options(command):
    for option in reversed(_REQUEST_OPTIONS):
        command = option(command)
    return command


def _console():
    """Where tables go; a pipe has no width of its own."""
    return Console(width=None if sys.stdout.isatty() else 120)


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--design", metavar="NAME", help="The design; `python -m gen list` shows all.")
@_request_options
@click.option("--out", metavar="FOLDER", help="Default: build/<module name>.")
@click.pass_context
def cli(context, design, out, settings, **request):
    """Generate an accelerator: readable Verilog, a testbench, lists of files, and a manifest.

    \b
    python -m gen --design vitality --pe 16x16
    python -m gen --design vitality --preset paper --target ecp5 --set g_bits=14 --out build/big

    Later sources override: preset, config file, named options, --set.
    """
    if context.invoked_subcommand is not None:
        if design or out or settings or any(request.values()):
            raise UsageError(f"{context.invoked_subcommand} takes its options behind its name")
        return
    if not (design or settings or any(value is not None for value in request.values())):
        click.echo(context.get_help(), err=True)
        context.exit(2)
    from attnforge.gen.emission.emit import write
    from attnforge.gen.request import resolve
    from attnforge.gen.tables import print_result

    resolved = resolve(design, settings=read_settings(settings), **request)
    print_result(_console(), resolved, *write(resolved, out))


@cli.command("list")
def list_designs():
    """Show all designs, with their presets."""
    from attnforge.gen.tables import print_designs

    print_designs(_console())


@cli.command()
@click.argument("design")
@_request_options
def describe(design, settings, **request):
    """Show a design's config fields, job registers, counters and size."""
    from attnforge.gen.request import resolve
    from attnforge.gen.tables import print_description

    print_description(_console(), resolve(design, settings=read_settings(settings), **request))


@cli.command()
@click.argument("designs", nargs=-1)
def lint(designs):
    """Emit the presets of all designs, or of the given ones, and check them with Verilator."""
    from attnforge.gen.lint import lint_presets

    if not lint_presets(_console(), designs):
        sys.exit(1)


@cli.command("types")
@click.argument("file", metavar="FILE.npz|FILE.onnx")
@click.option("--bits", metavar="B", default="4", show_default=True, help="Width of the types, 3 to 8.")
@click.option("--types", "kinds", metavar="LIST", default="int,flint,pot,float", show_default=True,
              help="What is enabled.")
@click.option("--per-channel", is_flag=True, help="A type for each output channel, not for the tensor.")
@click.option("--axis", default="last", show_default=True, metavar="N", help="Of the output channels in the arrays of "
              "an archive, each with its scale; none: one scale for each array.")
@click.option("--clip", metavar="LOW-HIGH", help="Where the largest value may lie, in percent of the peak; 75-149 by "
              "default, 95-149 above 6 bits.")
@click.option("--only", metavar="PATTERN", default="*", help="Only tensors with such a name, such as '*query*'.")
@click.option("--out", metavar="FILE.npz", help="Write codes, tags and scales.")
@click.option("--plot", metavar="FILE.png", help="Draw the SQNR of each type and tensor; also .svg or .pdf.")
def types(file, kinds, **options):
    """Choose number types for tensors: for each the enabled type of least squared error, and its scales.

    \b
    python -m gen types weights.npz --bits 4 --out codes.npz
    python -m gen types network.onnx --types int,flint --per-channel --plot types.png
    """
    from attnforge.gen.choose import print_types

    print_types(_console(), Console(stderr=True), file, kinds.split(","), **options)


@cli.command()
def doctor():
    """Show which tools are installed and which are missing."""
    from attnforge.gen.doctor import print_report

    if not print_report():
        sys.exit(1)


def main():
    """Run the command line."""
    from attnforge.gen.progress import show_progress
    from attnforge.gen.tools import ToolError

    show_progress(Console(stderr=True))
    run(cli, "python -m gen", ToolError)
