"""``python -m sim prove``: prove what the parts promise, and print one table."""

import sys

import click
from rich.console import Console
from rich.table import Table

from attnforge.gen.errors import UsageError
from attnforge.gen.registry import nearest
from attnforge.sim.proof.formal import prove
from attnforge.sim.proof.subjects import SUBJECTS

__all__ = ["prove_command"]


@click.command("prove")
@click.argument("part", required=False)
def prove_command(part):
    """Prove that all promises of the parts, or of PART alone, hold for all inputs and all time."""
    chosen = [subject for subject in SUBJECTS if part in (None, subject.part.__name__)]
    if not chosen:
        names = list(dict.fromkeys(subject.part.__name__ for subject in SUBJECTS))
        raise UsageError(f"no part {part!r} with promises; {nearest(part, names)}")
    table = Table(box=None, pad_edge=False)
    table.add_column("part")
    table.add_column("size")
    for name in ("promises", "assumptions", "k", "seconds"):
        table.add_column(name, justify="right")
    table.add_column("")
    console = Console()
    wrong = []
    with console.status("Proving") as status:
        for subject in chosen:
            status.update(f"Proving {subject.name}")
            verdict = prove(subject.make(), depth=subject.depth, inner=subject.inner)
            proven = verdict.state == "proven"
            table.add_row(subject.part.__name__, subject.size, str(len(verdict.promised)),
                          str(len(verdict.assumed)), str(verdict.depth) if proven else "-",
                          f"{verdict.seconds:.1f}", f"[{'green' if proven else 'red'}]{verdict.state}")
            if not proven:
                wrong.append(f"{subject.name}: {verdict}")
    console.print(table)
    for text in wrong:
        console.print(f"\n{text}", markup=False, highlight=False, soft_wrap=True)
    sys.exit(bool(wrong))
