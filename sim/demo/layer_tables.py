"""What the demonstration of layers prints: how far each coding is from float, and what it costs in cycles."""

from dataclasses import dataclass

from rich.table import Table

from attnforge.sim.demo.layers import CodedProduct
from attnforge.sim.reference import Distance

__all__ = ["Measured", "cycles_table", "distances_table"]


@dataclass(frozen=True)
class Measured:
    """A layer in one coding, as simulated.

    Attributes
    ----------
    product : CodedProduct
    weights, wide : Distance
        From the float product: with W alone in codes; with W and A, on the core.
    coded : Distance or None
        The same with the results in codes; None with a type per channel, where results have no common type.
    mismatches, checked : int
        Bytes of results that differ from the model's, of how many.
    jobs, cycles, formula : int
        Those with wide results: how many, from the first START to the last result as simulated, and what the cycle
        model says.
    useful : float
        Cycles that the products alone would take, those of an 8-bit operand counted twice.
    """

    product: CodedProduct
    weights: Distance
    wide: Distance
    coded: Distance | None
    mismatches: int
    checked: int
    jobs: int
    cycles: int
    formula: int
    useful: float


def distances_table(lines):
    """Return the table of distances from the float products."""
    table = Table(title="Layers on the core against their float products: SQNR in dB, and cosine")
    for header in ("layer", "codes", "W", "A"):
        table.add_column(header, no_wrap=True)
    for header in ("W alone", "W and A", "results too"):
        table.add_column(header, justify="right", no_wrap=True)
    for name, line in _sections(table, lines):
        distances = line.weights, line.wide, line.coded
        table.add_row(name, line.product.coding.name, line.product.weight_types, line.product.activation_type,
                      *(f"{each.sqnr:.2f}  {each.cosine:.4f}" if each else "-" for each in distances))  # fmt: skip
    return table


def cycles_table(lines):
    """Return the table of cycles, and of the comparison with the model."""
    table = Table(title="Cycles")
    for header in ("layer", "codes"):
        table.add_column(header, no_wrap=True)
    for header in ("jobs", "simulated", "formula", "utilisation", "bytes", "other than\nthe model's"):
        table.add_column(header, justify="right", no_wrap=True)
    for name, line in _sections(table, lines):
        table.add_row(name, line.product.coding.name, f"{line.jobs}", f"{line.cycles:,}", f"{line.formula:,}",
                      f"{line.useful / line.cycles:.1%}", f"{line.checked:,}", f"{line.mismatches:,}")  # fmt: skip
    return table


def _sections(table, lines):
    """Lines with the name of the layer in its first one, and a rule before it."""
    seen = None
    for line in lines:
        tensors = line.product.tensors
        if seen is not tensors:
            table.add_section()
        yield ("" if seen is tensors else f"{tensors.name} {len(tensors.a)}x{len(tensors.w)}x{len(tensors.w.T)}"), line
        seen = tensors
