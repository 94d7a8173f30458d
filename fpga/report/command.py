"""``python -m fpga report``: measure every design's presets on the ECP5-85F."""

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from attnforge.fpga.flow import cache, tools
from attnforge.fpga.report import report, tables
from attnforge.fpga.report.subjects import choose


def _list(_context, _parameter, value):
    return [word for word in (part.strip() for part in (value or "").split(",")) if word]


def _seeds(context, parameter, value):
    words = _list(context, parameter, value)
    if not words or not all(word.isdigit() and int(word) > 0 for word in words) or len(set(words)) != len(words):
        raise click.BadParameter(f"must be distinct whole numbers above 0, such as 1,2,3, not {value!r}")
    return [int(word) for word in words]


@click.command("report")
@click.option("--designs", callback=_list, help="Designs and parts, separated by commas; all by default.")
@click.option("--presets", callback=_list, help="Presets, separated by commas; all by default.")
@click.option("--seeds", callback=_seeds, default="1,2,3", show_default=True, help="Seeds of the router.")
@click.option("--pnr/--no-pnr", default=True, help="Place and route, or stop after synthesis.")
@click.option("--blocks/--no-blocks", default=True, help="Count cells by block.")
def report_command(designs, presets, seeds, pnr, blocks):
    """Measure cells, clock and cycles of every preset, and print one table.

    Results are kept in build/cache/fpga by what they follow from, and written to build/report.
    """
    console = Console(stderr=True)
    try:
        subjects = choose(designs, presets, report.PARTS)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    columns = (TextColumn("{task.description}"), BarColumn(20), MofNCompleteColumn(), TimeElapsedColumn(),
               TextColumn("{task.fields[step]}"))  # fmt: skip
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("tools", total=1, step="getting ready (half a minute at their first use)")
        tools.warm_up(cache.cache_folder(), report.TOOLS)
        progress.update(task, completed=1, step="ready")
        rows = report.measure(subjects, seeds=seeds, progress=progress, pnr=pnr, blocks=blocks)
    path = report.write(rows, seeds)
    show(rows)
    if path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    click.echo(f"{path} and {path.with_suffix('.json')} hold this, and the cells by block.")


def show(rows):
    """Print the main table, one line per subject, and the table of cycles."""
    console = Console(width=None if sys.stdout.isatty() else 200)
    _print(console, "ECP5-85F, out of context", tables.COLUMNS, [tables.main_cells(row) for row in rows])
    cycles = [line for row in rows for line in tables.cycle_cells(row)]
    if cycles:
        _print(console, "Cycles of a network", tables.CYCLE_COLUMNS, cycles)
    for row in rows:
        if row.note:
            console.print(f"{row.subject.label}: {row.note}", highlight=False)


def _print(console, title, columns, lines):
    table = Table(title=title)
    for column in columns:
        table.add_column(column, justify="left" if column in ("design", "size", "workload", "operands") else "right")
    for line in lines:
        table.add_row(*line)
    console.print(table)
