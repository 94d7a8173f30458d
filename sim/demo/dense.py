"""The demonstration of the dense core: real heads through its RTL, beside softmax attention in float64."""

from dataclasses import dataclass

import numpy as np
from rich.table import Table

from attnforge.gen.errors import UsageError
from attnforge.hdl.dense.perf import job_ends
from attnforge.sim.data import HeadTensors, load_heads
from attnforge.sim.demo.steps import Steps, emit_and_build, incomplete, verdict
from attnforge.sim.reference import Distance, distance, softmax_attention

NOTE = (
    "Same operands: against softmax attention of the 8-bit operands that the core gets, so what its arithmetic is off. "
    "Floats: of the network's tensors, before they were quantised."
)


@dataclass(frozen=True)
class SoftmaxHead:
    """A head on its way through the demonstration.

    Attributes
    ----------
    tensors : HeadTensors
        Floats, as the network makes them.
    job : Job
    operands : dict of integer arrays
    scales : dict of str to float
        Value of one LSB of each tensor.
    """

    tensors: HeadTensors
    job: object
    operands: dict
    scales: dict

    def to_operands(self, results) -> Distance:
        """Distance of integer results from softmax attention of the same integer operands."""
        return self._distance(results, *(self.operands[name] * self.scales[name] for name in "qkv"))

    def to_floats(self, results) -> Distance:
        """Distance of integer results from softmax attention of the float tensors."""
        return self._distance(results, self.tensors.query, self.tensors.key, self.tensors.value)

    def _distance(self, results, *tensors):
        return distance(results * self.scales["z"], softmax_attention(*tensors).output, lsb=self.scales["z"])


def demonstrate(request, console, *, tensors=None):
    """Run the demonstration.

    Parameters
    ----------
    request : Request
        A core of dense.
    console : rich.console.Console
    tensors : sequence of HeadTensors
        Those of `load_heads` by default.

    Returns
    -------
    bool
        Whether every result equals the model's, every head ends in the cycle of the cycle model, and all else that the
        bench checks holds.

    Raises
    ------
    UsageError
        A core that is too small for the heads.
    """
    from attnforge.sim.bench import run as runner

    design, config, step = request.design, request.config, Steps(console)
    tensors = load_heads() if tensors is None else tensors
    with step(f"Quantising {len(tensors)} heads of DINOv2 ViT-S/14"):
        try:
            heads = [SoftmaxHead(each, *design.quantise(config, each.tensors)) for each in tensors]
        except ValueError as error:
            raise UsageError(f"{request.name} is too small for these heads: {error}") from None
    verilog = emit_and_build(request, step)
    with step(f"Running {len(heads)} heads through the RTL, checking every byte") as detail:
        jobs = [(head.job, head.operands) for head in heads]
        run = runner.run(design, config, jobs, counters=False, progress=lambda done, all_: detail(f"{done} of {all_}"))
    failures, results = list(run.failures), [job.outputs.get("z") for job in run.jobs]
    if len(results) != len(heads) or any(result is None for result in results):
        return incomplete(console, "heads", failures)
    ends = [job.last_result for job in run.jobs]
    formula = job_ends(config, [head.job for head in heads], [job.start for job in run.jobs])
    failures += [f"head {head.tensors.layer}.{head.tensors.head} ended in cycle {end}, not {wanted}"
                 for head, end, wanted in zip(heads, ends, formula, strict=True) if end != wanted]  # fmt: skip
    console.print()
    console.print(distances_table(heads, results, [job.mismatches for job in run.jobs]))
    console.print(NOTE, style="italic", highlight=False)
    first = run.jobs[0].start
    macs = sum(design.perf(config, head.job).macs for head in heads)
    console.print(
        f"\nAll heads, softmax included: {ends[-1] - first:,} cycles, {formula[-1] - first:,} by the cycle model; "
        f"{macs / (config.rows * config.columns) / (ends[-1] - first):.1%} of the multipliers' cycles were useful.",
        highlight=False,
    )
    console.print(f"Verilog: {verilog}", highlight=False)
    checked = f"{run.mismatches:,} of {run.outputs_checked:,} bytes differ from the bit-exact model"
    return verdict(console, checked, failures)


def distances_table(heads, results, mismatches):
    """Return the table of distances from float64 softmax attention, layer by layer."""
    table = Table(title="RTL against the model, and the worst head against float64 softmax attention")
    for header in ("layer", "heads", "results", "bytes not\nthe model's", "same operands:\ncosine", "within\n1 LSB",
                   "largest\nLSB", "floats:\ncosine"):  # fmt: skip
        table.add_column(header, justify="right", no_wrap=True)
    lines = list(zip(heads, results, mismatches, strict=True))
    for layer in dict.fromkeys(head.tensors.layer for head in heads):
        table.add_row(*_line(str(layer), [line for line in lines if line[0].tensors.layer == layer]))
    table.add_section()
    table.add_row(*_line("all", lines), style="bold")
    return table


def _line(name, lines):
    same = [head.to_operands(result) for head, result, _ in lines]
    floats = [head.to_floats(result) for head, result, _ in lines]
    return (
        name,
        str(len(lines)),
        f"{sum(result.size for _, result, _ in lines):,}",
        f"{sum(wrong for *_, wrong in lines):,}",
        f">= {min(each.cosine for each in same):.5f}",
        f"{np.mean([each.within_one for each in same]):.3%}",
        f"<= {max(each.max_lsb for each in same):.2f}",
        f">= {min(each.cosine for each in floats):.4f}",
    )
