"""``python -m fpga netlist``: the check after synthesis."""

import sys

import click
from rich.console import Console
from rich.table import Table

from attnforge.fpga.flow import cache, tools
from attnforge.fpga.flow.synthesis import COMMANDS
from attnforge.fpga.netlist.check import check_netlist
from attnforge.gen.errors import UsageError
from attnforge.gen.fields import read_settings
from attnforge.gen.registry import DESIGNS
from attnforge.gen.request import resolve

COUNTS = {"jobs": "jobs", "cycles": "cycles", "bytes compared": "outputs", "mismatches": "mismatches"}


@click.command("netlist")
@click.option("--design", metavar="NAME", help="All designs, if none is named.")
@click.option("--preset", metavar="NAME", default="tiny", show_default=True)
@click.option("--set", "settings", metavar="KEY=VALUE", multiple=True, help="Any config field.")
@click.option("--family", metavar="NAME", help=f"{' or '.join(COMMANDS)}; both, if none is named.")
@click.option("--seed", metavar="N", type=click.IntRange(0), default=1, show_default=True, help="Of jobs and stalls.")
@click.option("--jobs", metavar="N", type=click.IntRange(1), default=12, show_default=True, help="Per stall profile.")
def netlist_command(design, preset, settings, family, seed, jobs):
    """Simulate cores and their netlists: random and bad jobs, every byte against the model, every cycle equal.

    Ends with status 1 when anything differs.
    """
    if family is not None and family not in COMMANDS:
        raise UsageError(f"--family {family}: there are {' and '.join(COMMANDS)}")
    families = [family] if family else list(COMMANDS)
    settings = read_settings(settings)
    requests = [resolve(name, preset=preset, settings=settings, target=family)
                for name in ([design] if design else DESIGNS) for family in families]
    console = Console(stderr=True)
    passed = True
    for request in requests:
        with console.status("tools (half a minute at their first use)") as status:
            tools.warm_up(cache.cache_folder(), (tools.YOSYS,))
            status.update(f"{request.name} for {request.target}")
            check = check_netlist(request.design, request.config, request.target, seed=seed, jobs=jobs)
        show(check)
        passed &= not check.failures
    sys.exit(0 if passed else 1)


def show(check):
    """Print what was compared, the cells, and the first failures."""
    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    table = Table(title=f"{check.name} for {check.family}", title_justify="left")
    table.add_column("")
    for column in COUNTS:
        table.add_column(column, justify="right")
    for name, parts in (("RTL", check.rtl), ("netlist", check.netlist)):
        table.add_row(name, *(f"{sum(getattr(part, count) for part in parts):,}" for count in COUNTS.values()))
    console.print(table)
    console.print(", ".join(f"{count:,} {kind}" for kind, count in vars(check.cells).items() if count))
    for text in check.failures[:10]:
        console.print(text, style="red", markup=False)
    if len(check.failures) > 10:
        console.print(f"{len(check.failures) - 10} more failures", style="red")
