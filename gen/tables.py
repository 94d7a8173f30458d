"""What the command line prints."""

from math import isfinite

from rich.table import Table

from attnforge.gen.emission.emit import emit_design
from attnforge.gen.estimate import estimate
from attnforge.gen.fields import field_docs, values_of
from attnforge.gen.manifest import plain
from attnforge.gen.registry import DESIGNS


def _table(*columns, title=None):
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold", justify="right" if column in _NUMBERS else "left")
    return table


_NUMBERS = ("bits", "value", "low", "high")


def print_result(console, request, core, folder, files):
    """After a run: what was written, what it is, and how large."""
    table = _table("", "")
    table.show_header = False
    table.add_row("design", f"{request.design.name}: {request.design.title}")
    table.add_row("target", request.target)
    for label, text in _size_rows(estimate(request.design, request.config, request.target, core.inventory)):
        table.add_row(label, text)
    table.add_row("modules", str(core.verilog.count("\nmodule ")))
    for file in files:
        table.add_row("wrote", f"{folder / file}")
    console.print(_config_table(request.config))
    console.print()
    console.print(table)


def _config_table(config):
    """All fields, in three columns."""
    table = Table(box=None, pad_edge=False, show_header=False)
    cells = [(key, str(value)) for key, value in plain(config).items()]
    for _ in range(3):
        table.add_column()
        table.add_column(justify="right", style="bold")
    height = -(-len(cells) // 3)
    for row in range(height):
        table.add_row(*(text for column in range(3) for text in [*cells, *[("", "")] * 3][row + column * height]))
    return table


def _size_rows(size):
    purposes = ", ".join(f"{key} {value}" for key, value in size.multipliers.items())
    buffers = ", ".join(f"{key} {value:,}" for key, value in size.buffers.items())
    yield "multipliers", f"{size.multiplier_count:,}" + (f" ({purposes})" if len(size.multipliers) > 1 else "")
    yield "buffer bits", f"{size.buffer_bits:,}" + (f" ({buffers})" if len(size.buffers) > 1 else "")
    if size.dsp is not None:
        memories = "" if size.ebr is None else f", {size.ebr} {size.ebr_name}"
        yield "estimate", f"{size.dsp} {size.dsp_name}{memories}"


def print_designs(console):
    """All designs."""
    table = _table("design", "what", "paper", "presets")
    for design in DESIGNS.values():
        table.add_row(design.name, design.title, design.paper, ", ".join(design.presets))
    console.print(table)


def print_description(console, request):
    """One design at one config."""
    design, config = request.design, request.config
    console.print(f"[bold]{design.name}[/bold]: {design.title}\n{design.paper}\n")
    docs, values = field_docs(design.Config), values_of(config)
    table = _table("config field", "value", "meaning", title="Config (--set field=value)")
    for key, value in plain(config).items():
        table.add_row(key, f"{value}" + (" (derived)" if values.get(key, value) is None else ""), docs.get(key, ""))
    console.print(table, "")
    table = _table("job register", "bits", "low", "high", "meaning", title="Registers of a job")
    for field in design.job_fields(config):
        table.add_row(field.name, str(field.bits), str(field.low), str(field.high), field.doc)
    console.print(table, "")
    table = _table("counter", "bits", "meaning", title="Counters of this design")
    for field in design.counters(config):
        table.add_row(field.name, str(field.bits), field.doc)
    console.print(table, "")
    table = _table("preset", "array", "module", title="Presets (--preset name)")
    for name, preset in design.presets.items():
        table.add_row(name, f"{preset.rows}x{preset.columns}", design.module_name(preset))
    console.print(table, "")
    core = emit_design(request)  # the estimate counts what was elaborated
    size = estimate(design, config, request.target, core.inventory)
    rows = [("module", request.name), ("target", request.target), *_size_rows(size)]
    if design.bound:
        found = design.bound(config)
        told = f"{found:.2f} LSB of the results" if isfinite(found) else "unbounded"
        rows.append(("error bound", f"{told}, see the design's README"))
    for label, text in rows:
        console.print(f"{label}: {text}", highlight=False)
