"""The command line of the benches: options in, one table and one JUnit file out, exit 1 when a check failed."""

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from attnforge.gen.command_line import run
from attnforge.gen.errors import UsageError
from attnforge.gen.fields import read_settings
from attnforge.gen.installation import missing
from attnforge.gen.registry import DESIGNS
from attnforge.gen.request import resolve
from attnforge.gen.tools import ToolError
from attnforge.sim.bench.junit import write_junit
from attnforge.sim.bench.run import SimulationError
from attnforge.sim.bench.standard import check_design
from attnforge.sim.simulator.build import BuildError, simulators

SIMULATORS = ("verilator", "icarus")
MOST_ELEMENTS = 1024  # of the presets that run when none is named
FOLDER = Path("build/sim")


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--design", metavar="NAME", help="All designs, if none is named.")
@click.option("--preset", metavar="NAME", help="A named size; all but huge ones, if no size is given.")
@click.option("--pe", metavar="RxC", help="Rows and columns of the array, such as 16x16.")
@click.option("--config", "config_file", metavar="FILE.toml", help="Config fields, as for python -m gen.")
@click.option("--set", "settings", metavar="KEY=VALUE", multiple=True, help="Any config field; repeatable.")
@click.option("--target", metavar="NAME", help="generic (default), ecp5, ice40 or gowin.")
@click.option("--seed", metavar="N", default="1", show_default=True, help="Of the jobs and of the stalls.")
@click.option("--jobs", metavar="N", default="12", show_default=True, help="Random jobs per stall profile.")
@click.option("--simulator", metavar="NAME", default="verilator", show_default=True, help="verilator or icarus.")
@click.option("--waves", is_flag=True, help=f"Write FST waves to {FOLDER}/<module>.fst.")
@click.pass_context
def cli(context, design, seed, jobs, simulator, waves, **options):
    """Run the benches: random and bad jobs under random stalls, every output against the model, exact cycle counts.

    \b
    python -m sim
    python -m sim --design vitality --pe 4x4 --seed 7 --waves
    """
    if context.invoked_subcommand is not None:
        return
    seed, jobs = _count("seed", seed, 0), _count("jobs", jobs, 1)
    if simulator not in SIMULATORS:
        raise UsageError(f"--simulator {simulator}: there are {' and '.join(SIMULATORS)}")
    if simulator not in simulators():
        how = missing("verilator") if simulator == "verilator" else "iverilog is missing: install your system's package"
        raise ToolError(f"--simulator {simulator}: {how}")
    requests = _requests(design, options)
    console = Console()
    suites, passed = [], True
    for request in requests:
        wave_file = FOLDER / f"{request.name}.fst" if waves else None
        checks = _run(console, request, seed=seed, jobs=jobs, simulator=simulator, waves=wave_file)
        suites.append((f"{request.name}.{request.target}.{simulator}", checks))
        passed &= all(check.passed for check in checks)
        _print(console, request, checks, wave_file)
    write_junit(FOLDER / "results.xml", suites, seed)
    console.print(f"{'passed' if passed else 'FAILED'}: {len(requests)} cores on {simulator}, seed {seed}; "
                  f"{FOLDER}/results.xml", style="bold green" if passed else "bold red", highlight=False)
    context.exit(0 if passed else 1)


def _count(name, text, low):
    if not text.isdigit() or int(text) < low:
        raise UsageError(f"--{name} {text}: give a whole number from {low} up")
    return int(text)


def _requests(design, options):
    """One request for what was asked, or one for every preset that is not huge."""
    options["settings"] = read_settings(options["settings"])
    if any(options[name] for name in ("preset", "pe", "config_file", "settings")):
        return [resolve(design or _only_design(options), **options)]
    requests = []
    for name in [design] if design else DESIGNS:
        for preset in resolve(name, **options).design.presets:
            request = resolve(name, **{**options, "preset": preset})
            if request.elements <= MOST_ELEMENTS and request not in requests:
                requests.append(request)
    return requests


def _only_design(options):
    if options["config_file"]:
        return None
    if len(DESIGNS) == 1:
        return next(iter(DESIGNS))
    raise UsageError(f"--design is missing; there are: {', '.join(DESIGNS)}")


def _run(console, request, **options):
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    errors = Console(stderr=True)
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as bar:
        task = bar.add_task(f"Building {request.name}", total=None)

        def progress(done, total):
            bar.update(task, description=f"Running {request.name}", completed=done, total=total)

        return check_design(request.design, request.config, target=request.target, progress=progress, **options)


def _print(console, request, checks, waves):
    table = Table(title=f"{request.name} ({request.target})", title_justify="left", box=None, pad_edge=False)
    table.add_column("check")
    for name in ("jobs", "cycles", "bytes checked", "mismatches", "seconds"):
        table.add_column(name, justify="right")
    table.add_column("")
    for check in checks:
        table.add_row(check.name, f"{check.jobs:,}", f"{check.cycles:,}", f"{check.outputs:,}",
                      f"{check.mismatches:,}", f"{check.seconds:.1f}",
                      "[green]passed" if check.passed else "[red]FAILED")
    console.print(table)
    for check in checks:
        for text in check.failures[:5]:
            console.print(f"  {check.name}: {text}", style="red", markup=False, highlight=False)
        if len(check.failures) > 5:
            console.print(f"  {check.name}: {len(check.failures) - 5} more failures", style="red")
    if waves:
        console.print(f"  waves: {waves}")
    console.print()


def main():
    """Run the command line; what takes long to import stands behind its own name."""
    failures = (BuildError, SimulationError, ToolError, OSError)
    if sys.argv[1:2] == ["demo"]:
        from attnforge.sim.demo.command import demo_command

        run(demo_command, "python -m sim demo", *failures, arguments=sys.argv[2:])
    if sys.argv[1:2] == ["prove"]:
        from attnforge.sim.proof.command import prove_command

        run(prove_command, "python -m sim prove", *failures, arguments=sys.argv[2:])
    run(cli, "python -m sim", *failures)
