"""``python -m fpga bitstream`` and ``python -m fpga boards``."""

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from attnforge.fpga.board.catalogue import BOARDS, find_board
from attnforge.fpga.flow import cache, fit, tools
from attnforge.fpga.flow.bitstream import DoesNotFit, Job, TooSlow, build
from attnforge.gen.fields import read_settings
from attnforge.gen.installation import program
from attnforge.gen.registry import DESIGNS
from attnforge.gen.request import resolve

DEFAULT_DESIGN = "vitality"


@click.command("bitstream")
@click.option("--board", metavar="NAME", required=True, help="`python -m fpga boards` shows all.")
@click.option("--design", metavar="NAME", default=DEFAULT_DESIGN, show_default=True)
@click.option("--preset", metavar="NAME", help="Start from a named size; the board's own by default.")
@click.option("--pe", metavar="RxC", help="Rows and columns of the array, such as 8x8.")
@click.option("--set", "settings", metavar="KEY=VALUE", multiple=True, help="Any config field.")
@click.option("--clock", metavar="MHZ", type=float, help="Of the core; the board's own by default.")
@click.option("--baud", metavar="RATE", type=int, help="Of the host link; the board's own by default.")
@click.option("--seed", metavar="N", type=click.IntRange(1), default=1, show_default=True, help="Of the placer.")
@click.option("--minutes", metavar="N", type=click.FloatRange(min=0, min_open=True), default=tools.ROUTER_MINUTES,
              show_default=True, help="After so long place and route is given up.")
@click.option("--out", metavar="FOLDER", help="Default: build/<core>_<board>.")
def bitstream_command(board, design, preset, pe, settings, clock, baud, seed, minutes, out):
    """Build a bitstream: emission, synthesis, place and route, packing.

    Prints resources and clock. Ends with status 1, and leaves no bitstream, when the core does not fit or is too slow.
    """
    board = find_board(board)
    if preset is None and design in DESIGNS and board.name in DESIGNS[design].presets:
        preset = board.name
    settings = read_settings(settings)
    request = resolve(design, preset=preset, pe=pe, settings=settings, target=board.family)
    job = Job(request, board, clock or board.clock_mhz, baud or board.baud, seed, minutes)
    board.pll(job.clock_mhz), board.divisor(job.clock_mhz, job.baud)  # refuse before anything is elaborated
    console = Console(stderr=True)
    size = request.config.rows * request.config.columns
    try:
        estimated = fit.resources(request.design, request.config, board.family)
        blocks = {kind: count for kind, count in estimated.items() if kind in ("dsp", "dsp_block", "ebr", "ram")}
        if shortage := board.device.shortage(**blocks):  # these are exact
            raise DoesNotFit(f"{request.name} does not fit {board.name}: it needs {shortage}")
        with console.status("tools (half a minute at their first use)") as status:
            tools.warm_up(cache.cache_folder(), (tools.YOSYS, tools.NEXTPNR[board.family]))
            result = build(job, out, step=lambda text: status.update(f"{job.name}: {text}"))
    except DoesNotFit as error:
        shape = fit.largest_array(design, preset, settings, board.device, below=size)
        hint = f"{shape[0]}x{shape[1]} should fit" if shape else f"no array of {design} with these settings does"
        raise DoesNotFit(f"{error}; {hint}") from None
    except TooSlow as error:
        raise TooSlow(f"{error}; try --seed {seed + 1}, a smaller array or a lower --clock") from None
    print_result(job, result)


def print_result(job, result):
    """Print resources, clock, and how to load the bitstream."""
    console = Console(width=None if sys.stdout.isatty() else 120)
    table = Table(title=f"{job.request.name} on {job.board.title}", title_justify="left")
    for column in ("resource", "used", "available", "share"):
        table.add_column(column, justify="left" if column == "resource" else "right")
    for kind, count in result.used.items():
        available = job.board.device.resources[kind]
        table.add_row(kind.upper(), f"{count:,}", f"{available:,}", f"{count / available:.0%}")
    console.print(table)
    for name, (achieved, required) in result.clocks.items():
        console.print(f"{name}: {achieved:.1f} MHz, {required:g} MHz needed", highlight=False)
    took = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in result.seconds.items())
    path = result.path.relative_to(Path.cwd()) if result.path.is_relative_to(Path.cwd()) else result.path
    console.print(f"{took}\n{path}", highlight=False, soft_wrap=True)
    console.print(f"Load it with  {job.board.loader.format(file=path)}", highlight=False, soft_wrap=True)
    console.print(f"and use it with  {program('python -m fpga')} run --port PORT --baud {job.baud}", highlight=False)


@click.command("boards")
@click.option("--design", metavar="NAME", default=DEFAULT_DESIGN, show_default=True)
def boards_command(design):
    """List the boards, the presets made for them, and the largest array that should fit; builds nothing."""
    console = Console(width=None if sys.stdout.isatty() else 140)
    table = Table(title=f"Boards, and {design} on them (estimated)", title_justify="left")
    for column in ("BOARD", "chip", "clock", "link", "preset", "needs", "largest array"):
        table.add_column(column)
    for board in BOARDS.values():
        record = resolve(design, target=board.family).design
        preset = board.name if board.name in record.presets else None
        needs = "-"
        if preset:
            wanted = fit.resources(record, record.presets[preset], board.family)
            needs = ", ".join(f"{count:,} of {board.device.resources[kind]:,} {kind.upper().replace('_', ' ')}"
                              for kind, count in wanted.items())  # fmt: skip
        shape = fit.largest_array(design, preset, {}, board.device)
        size = record.presets[preset] if preset else None
        table.add_row(
            board.name,
            board.device.name,
            f"{board.clock_mhz:g} MHz",
            f"{board.baud:,} baud",
            f"{size.rows}x{size.columns}" if size else "-",
            needs,
            f"{shape[0]}x{shape[1]}" if shape else "none",
        )
    console.print(table)
