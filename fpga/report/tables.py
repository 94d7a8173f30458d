"""The report as tables: plain cells of text that Markdown and the terminal share, and JSON."""

from dataclasses import asdict

NONE = "-"
COLUMNS = (
    "design", "size", "MACs", "LUT4", "CCU2C", "COMB", "FF", "DSP", "EBR", "COMB/MAC", "FF/MAC", "Fmax MHz", "seeds",
)  # fmt: skip
CYCLE_COLUMNS = ("design", "size", "workload", "operands", "jobs", "cycles per job", "cycles", "utilisation")
BLOCK_COLUMNS = ("block", "instances", "LUT4", "CCU2C", "LUTRAM", "FF", "DSP", "EBR", "COMB/MAC", "FF/MAC")


def main_cells(row):
    """One line of the main table: cells as routed where that was done, otherwise as synthesised."""
    subject, cells = row.subject, row.cells
    line = [subject.name, subject.size, str(subject.multipliers)]
    if row.note or cells is None:
        line += [NONE] * 10
    else:
        routed = row.placements[0] if row.placements else cells
        counts = (cells.lut4, cells.ccu2c, routed.comb, routed.ff, routed.dsp, routed.ebr)
        line += [f"{count:,}" for count in counts]
        line += [f"{count / subject.multipliers:.1f}" for count in (routed.comb, routed.ff)]
        line += clock_cells(row)
    return line


def cycle_cells(row):
    """Lines of the table of cycles: one for each workload and width of operands."""
    return [
        [row.subject.name, row.subject.size, each.workload, each.operands, f"{each.jobs:,}", _count(each.per_job),
         _count(each.cycles), f"{each.utilisation:.1%}"]
        for each in row.cycles
    ]  # fmt: skip


def _count(cycles):
    """A count, with one decimal where it is a mean."""
    return f"{cycles:,.1f}".removesuffix(".0")


def clock_cells(row):
    """Median clock, and the lowest and highest of the seeds."""
    if row.fmax_mhz is None:
        return [NONE, NONE]
    clocks = [placement.fmax_mhz for placement in row.placements]
    return [f"{row.fmax_mhz:.0f}", f"{min(clocks):.0f} .. {max(clocks):.0f}"]


def block_cells(row):
    """Lines of the table by block, their sum, and the flattened core to compare with."""
    macs = row.subject.multipliers
    total = sum((block.cells for block in row.blocks[1:]), row.blocks[0].cells)
    lines = [_block_line(block.name, str(block.instances), block.cells, macs) for block in row.blocks]
    lines.append(_block_line("sum", "", total, macs))
    lines.append(_block_line("flattened", "", row.cells, macs))
    return lines


def _block_line(name, instances, cells, macs):
    counts = (cells.lut4, cells.ccu2c, cells.lutram, cells.ff, cells.dsp, cells.ebr)
    return [name, instances, *(f"{count:,}" for count in counts), f"{cells.comb / macs:.1f}", f"{cells.ff / macs:.1f}"]


def markdown(columns, lines):
    """A Markdown table, numbers to the right."""
    numeric = [any(line[place][:1].isdigit() for line in lines) for place in range(len(columns))]
    rule = ["---:" if right else "---" for right in numeric]
    return "\n".join("| " + " | ".join(line) + " |" for line in (columns, rule, *lines)) + "\n"


def row_json(row):
    """Everything about a row, for programs."""
    return {
        "name": row.subject.name,
        "size": row.subject.size,
        "top": row.subject.top,
        "multipliers": row.subject.multipliers,
        "note": row.note,
        "synthesis": asdict(row.cells) if row.cells else None,
        "fmax_mhz": row.fmax_mhz,
        "placements": [asdict(placement) for placement in row.placements],
        "blocks": [{"name": block.name, "instances": block.instances, **asdict(block.cells)} for block in row.blocks],
        "workloads": [asdict(cycles) for cycles in row.cycles],
        "too_small_for": row.obstacles,
    }
