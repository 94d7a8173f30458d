"""What ``python -m gen types`` prints."""

import numpy as np
from rich.markup import escape
from rich.table import Table


def choice_table(choices) -> Table:
    """A line per tensor: its type, scale, and the SQNR that each type gives it; below it the means."""
    kinds = list(dict.fromkeys(kind for choice in choices for kind in choice.selection.sqnr_by_kind))
    result = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("tensor", "shape", "type"):
        result.add_column(name, overflow="fold")
    for name in ("scale", *(f"{kind} dB" for kind in kinds), "chosen dB"):
        result.add_column(name, justify="right")
    for choice in choices:
        selection = choice.selection
        shape = " x ".join(map(str, choice.tensor.values.shape)) or "1"
        cells = _sqnr_cells(kinds, selection.sqnr_by_kind)
        result.add_row(escape(choice.tensor.name), shape, type_text(selection), scale_text(selection), *cells,
                       f"{selection.sqnr:.2f}")
    if len(choices) > 1:
        result.add_section()
        of_all = [choice.selection.sqnr_by_kind for choice in choices]
        means = {kind: np.mean([sqnrs[kind] for sqnrs in of_all if kind in sqnrs]) for kind in kinds}
        mean = np.mean([choice.selection.sqnr for choice in choices])
        result.add_row(f"mean of {len(choices)}", "", "", "", *_sqnr_cells(kinds, means), f"{mean:.2f}", style="bold")
    return result


def _sqnr_cells(kinds, sqnrs):
    return [f"{sqnrs[kind]:.2f}" if kind in sqnrs else "-" for kind in kinds]


def type_text(selection) -> str:
    """The chosen type, or how many channels have which."""
    used = {kind: count for kind, count in selection.counts.items() if count}
    if len(used) > 1:
        return ", ".join(f"{count} {kind}" for kind, count in used.items())
    return selection.forms[int(selection.tags.flat[0])].name


def scale_text(selection) -> str:
    """The scale, or the smallest and largest of the channels'."""
    low, high = selection.scales.min(), selection.scales.max()
    return f"{low:.4g}" if low == high else f"{low:.3g} .. {high:.3g}"
