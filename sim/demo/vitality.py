"""The demonstration of ViTALiTy: real heads through its RTL, every result checked, and a picture of it all."""

import numpy as np

from attnforge.gen.errors import UsageError
from attnforge.sim.data import load_heads
from attnforge.sim.demo.heads import prepare, split_cycles
from attnforge.sim.demo.steps import Steps, emit_and_build, incomplete, verdict
from attnforge.sim.demo.tables import cycles_table, heads_table, summarise

EDGE = 3  # intervals at either end, where a head has no neighbours to overlap with
CAVEAT = (
    "The network was trained with softmax attention, not with Taylor attention: its distance from softmax is that of "
    "the algorithm without the training that ViTALiTy asks for, not a measure of accuracy."
)


def demonstrate(request, console, *, shown=None, picture):
    """Run the demonstration.

    Parameters
    ----------
    request : Request
        A core of vitality.
    console : rich.console.Console
    shown : str or None
        Head to draw, as "layer.head"; the one of median cosine with softmax by default.
    picture : Path

    Returns
    -------
    bool
        Whether every result equals the model's, and all else that the bench checks holds.

    Raises
    ------
    UsageError
        No such head, or a core that is too small for them.
    """
    from attnforge.sim.bench import run as runner

    step = Steps(console)
    tensors = load_heads()
    names = [f"{each.layer}.{each.head}" for each in tensors]
    if shown is not None and shown not in names:
        raise UsageError(f"--head must be among {', '.join(names)}, not {shown!r}")
    with step(f"Quantising {len(tensors)} heads of DINOv2 ViT-S/14, and modelling them"):
        try:
            heads = [prepare(request.design, request.config, each) for each in tensors]
        except ValueError as error:
            raise UsageError(f"{request.name} is too small for these heads: {error}") from None
    verilog = emit_and_build(request, step)
    with step(f"Running {len(heads)} heads through the RTL, checking every byte") as detail:
        jobs = [(head.job, head.operands) for head in heads]
        run = runner.run(request.design, request.config, jobs, progress=lambda done, all_: detail(f"{done} of {all_}"))
    complete = [job.outputs.get("z") for job in run.jobs]
    if len(complete) != len(heads) or any(result is None for result in complete):
        return incomplete(console, "heads", run.failures)
    perf = request.design.perf(request.config, heads[0].job)
    cycles = split_cycles(request.config, heads[0].job, float(np.mean(run.intervals[EDGE:-EDGE])))
    summary = summarise(heads, complete)
    checked = f"{summary.mismatches:,} of {summary.outputs:,} results differ from the bit-exact model"
    with step("Drawing"):
        place = names.index(shown) if shown else median_head(heads, complete)
        paint(picture, request, heads, complete, place, cycles, checked)
    console.print()
    console.print(heads_table(heads, complete))
    console.print(cycles_table(cycles, perf, run.jobs[0].latency, run.jobs[-1].last_result - run.jobs[0].start))
    console.print(CAVEAT, style="italic")
    console.print(f"\nVerilog: {verilog}    picture: {picture}", highlight=False)
    return verdict(console, checked, run.failures)


def median_head(heads, results):
    """Index of the head whose cosine with softmax is the median: a typical one, neither the best nor the worst."""
    cosines = [head.to_softmax(result).cosine for head, result in zip(heads, results, strict=True)]
    return int(np.argsort(cosines)[len(cosines) // 2])


def paint(picture, request, heads, results, shown, cycles, checked):
    """Draw the picture; matplotlib is only loaded here."""
    from attnforge.sim.demo.figure import draw

    picture.parent.mkdir(parents=True, exist_ok=True)
    config = request.config
    title = f"{request.name}: linear attention on {config.rows} x {config.columns} multipliers, on a real photograph"
    subtitle = f"{len(heads)} heads of a DINOv2 ViT-S/14 through the RTL in simulation: {checked}"
    draw(picture, heads=heads, results=results, shown=shown, cycles=cycles, title=title, checked=subtitle)
