"""``python -m fpga run`` and ``simulate``: jobs on a board, and a board for those who have none."""

import time

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from attnforge.fpga.board.catalogue import find_board
from attnforge.fpga.host.device import DEFAULT_BAUD, Device
from attnforge.fpga.virtual.board import SimulatedBoard
from attnforge.gen.installation import program
from attnforge.gen.request import resolve

__all__ = ["run_command", "simulate_command"]

POSITIVE = click.IntRange(min=1)


@click.command("run")
@click.option("--port", metavar="PATH", required=True, help="Serial port of the board, such as /dev/ttyUSB0.")
@click.option("--baud", type=POSITIVE, default=DEFAULT_BAUD, show_default=True, help="Of the bitstream's host link.")
@click.option("--design", metavar="NAME", help="The design that must be there; any, if none is named.")
@click.option("--jobs", type=POSITIVE, default=20, show_default=True, help="Random jobs.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the jobs.")
@click.option("--patience", type=click.FloatRange(min=0, min_open=True), default=0.1, show_default=True,
              help="Seconds that an answer may take beside its time on the line.")
@click.pass_context
def run_command(context, port, baud, design, jobs, seed, patience):
    """Run random jobs on a board, and compare every result with the model."""
    with Device.open(port, baud=baud, design=design, patience=patience) as device:
        wrong = _run(device, jobs, seed)
    context.exit(1 if wrong else 0)


def _run(device, count, seed):
    """Run the jobs and print what they cost; returns how many of them were wrong."""
    design, config = device.design, device.config
    rng = np.random.default_rng(seed)
    jobs = [design.random_job(config, rng) for _ in range(count)]
    before = dict(device.requests.counts)
    began = time.monotonic()
    done = list(device.run_many(jobs, progress=True))
    seconds = time.monotonic() - began
    counts = {name: value - before[name] for name, value in device.requests.counts.items()}
    wrong = sum(not _equal(design.model(config, job, operands), outputs)
                for (job, operands), (outputs, _) in zip(jobs, done, strict=True))
    table = Table(title=f"{design.name} at {device.port.path}, {device.port.baud} baud", title_justify="left", box=None)
    table.add_column(justify="left")
    table.add_column(justify="right")
    rows = {
        "jobs": f"{count:,}",
        "wrong": f"{wrong:,}",
        "seconds": f"{seconds:.2f}",
        "bytes sent": f"{counts['sent']:,}",
        "bytes received": f"{counts['received']:,}",
        "bytes per second": f"{(counts['sent'] + counts['received']) / seconds:,.0f}",
        "requests": f"{counts['requests']:,}",
        "sent again": f"{counts['refused'] + counts['damaged'] + counts['none']:,}",
        **{f"{name} of the last job": f"{value:,}" for name, value in done[-1][1].items()},
    }
    for row in rows.items():
        table.add_row(*row)
    Console().print(table)
    print("FAILED: results differ from the model" if wrong else "passed: every result equals the model")
    return wrong


def _equal(wanted, outputs):
    return wanted.keys() == outputs.keys() and all(np.array_equal(wanted[name], outputs[name]) for name in wanted)


@click.command("simulate")
@click.option("--design", metavar="NAME", default="vitality", show_default=True, help="A design.")
@click.option("--preset", metavar="NAME", help="One of its presets; tiny, or the board's own, by default.")
@click.option("--board", metavar="NAME", help="The whole top of this board, with its preset, clock and baud rate.")
@click.option("--target", metavar="NAME", help="generic (default), ecp5, ice40 or gowin.")
@click.option("--baud", type=POSITIVE, default=DEFAULT_BAUD, show_default=True, help="What a host must choose.")
@click.option("--noise", type=click.FloatRange(0, 1), default=0.0, show_default=True,
              help="Chance of each byte to be lost, changed or doubled, in either direction.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the noise.")
def simulate_command(design, preset, board, target, baud, noise, seed):
    """Simulate a board with a core and its host link; a pseudo-terminal stands for its serial port."""
    board = find_board(board) if board else None
    if board:
        target, baud = board.family, board.baud
    request = resolve(design, preset=preset or (board.name if board else "tiny"), target=target)
    Console(stderr=True).print(f"building {request.name}: half a minute at the first time", highlight=False)
    with SimulatedBoard(request.design, request.config, baud=baud, noise=noise, seed=seed,
                        target=request.target, board=board) as simulated:
        command = f"{program('python -m fpga')} run --port {simulated.port} --baud {baud} --patience 2"
        print(f"{request.name} is at {simulated.port}, {baud} baud. In another terminal:\n\n  {command}\n\n"
              "End it with control-C.", flush=True)
        simulated.wait()
