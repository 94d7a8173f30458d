"""What the demonstration prints: one line per layer of the network, and one for all."""

from dataclasses import dataclass

from rich.table import Table


@dataclass(frozen=True)
class Summary:
    """Some heads taken together: the worst of each distance, not the mean.

    Attributes
    ----------
    heads : int
    mismatches, outputs : int
        Results that differ from the model's, of how many.
    taylor_cosine, taylor_lsb : float
        Distance from float Taylor attention.
    softmax_cosine : tuple of float
        Least and largest cosine with softmax attention.
    """

    heads: int
    mismatches: int
    outputs: int
    taylor_cosine: float
    taylor_lsb: float
    softmax_cosine: tuple[float, float]


def summarise(heads, results):
    """Summarise heads with their integer results."""
    pairs = list(zip(heads, results, strict=True))
    to_taylor = [head.to_taylor(result) for head, result in pairs]
    to_softmax = [head.to_softmax(result).cosine for head, result in pairs]
    return Summary(
        heads=len(pairs),
        mismatches=sum(int((result != head.expected).sum()) for head, result in pairs),
        outputs=sum(result.size for result in results),
        taylor_cosine=min(each.cosine for each in to_taylor),
        taylor_lsb=max(each.max_lsb for each in to_taylor),
        softmax_cosine=(min(to_softmax), max(to_softmax)),
    )


def heads_table(heads, results):
    """Return the table of distances, layer by layer."""
    table = Table(title="RTL against the model, float Taylor attention and softmax attention")
    headers = ("layer", "heads", "results", "model:\nmismatches", "Taylor:\ncosine", "Taylor:\nLSB", "softmax:\ncosine")
    for header in headers:
        table.add_column(header, justify="right", no_wrap=True)
    for layer in dict.fromkeys(head.tensors.layer for head in heads):
        chosen = [place for place, head in enumerate(heads) if head.tensors.layer == layer]
        table.add_row(*_line(str(layer), [heads[place] for place in chosen], [results[place] for place in chosen]))
    table.add_section()
    table.add_row(*_line("all", heads, results), style="bold")
    return table


def _line(name, heads, results):
    summary = summarise(heads, results)
    low, high = summary.softmax_cosine
    return (
        name,
        str(summary.heads),
        f"{summary.outputs:,}",
        f"{summary.mismatches:,}",
        f">= {summary.taylor_cosine:.4f}",
        f"<= {summary.taylor_lsb:.2f}",
        f"{low:.2f} - {high:.2f}",
    )


def cycles_table(cycles, perf, latency, total):
    """Return the table of cycles: what was counted in simulation, and what the formulas say.

    Parameters
    ----------
    cycles : Cycles
        Of one head.
    perf : Perf
    latency, total : int
        Of the first head, and of all from the first START to the last result, as simulated.
    """
    table = Table(title="Cycles")
    for header in ("", "simulated", "formula"):
        table.add_column(header, justify="right" if header else "left")
    table.add_row("interval, head to head", _number(cycles.interval), _number(perf.interval))
    table.add_row("latency of the first head", f"{latency:,}", f"{perf.latency:,}")
    table.add_row("all heads", f"{total:,}", "")
    table.add_row("utilisation of the multipliers", f"{cycles.useful / cycles.interval:.1%}", f"{perf.utilisation:.1%}")
    table.add_row("    the rest: padding", f"{cycles.padding / cycles.interval:.1%}", "")
    table.add_row("    the rest: fill and switch", f"{cycles.rest / cycles.interval:.1%}", "")
    return table


def _number(count):
    """A count, with one decimal where it is a mean."""
    return f"{count:,.1f}".removesuffix(".0")
