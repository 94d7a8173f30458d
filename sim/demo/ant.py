"""The demonstration of ANT: layers of a real network through its RTL, in integers and in its own types."""

from attnforge.gen.errors import UsageError
from attnforge.hdl.ant.perf import job_ends
from attnforge.sim.data import load_gemms
from attnforge.sim.demo.layer_tables import Measured, cycles_table, distances_table
from attnforge.sim.demo.layers import CODINGS, code
from attnforge.sim.demo.steps import Steps, emit_and_build, incomplete, verdict

NOTE = (
    "SQNR is the energy of the float product over that of the difference from it. W alone: A in float64, no core. "
    "W and A: the core's wide results. Results too: in codes of A's width, as the next layer reads them."
)


def demonstrate(request, console, *, percents=None, layers=None):
    """Run the demonstration.

    Parameters
    ----------
    request : Request
        A core of ant.
    console : rich.console.Console
    percents : sequence of int
        Where the largest value may lie, in percent of a tensor's peak; the paper's range by default.
    layers : sequence of GemmTensors
        Those of `load_gemms` by default.

    Returns
    -------
    bool
        Whether every result equals the model's, every number of cycles the cycle model's, and all else that the bench
        checks holds.

    Raises
    ------
    UsageError
        A core that is too small for the layers.
    """
    from attnforge.sim.bench import run as runner

    design, config, step = request.design, request.config, Steps(console)
    layers = load_gemms() if layers is None else layers
    codings = [each for each in CODINGS if each.bits == 4 or config.eight_bits]
    with step(f"Quantising {len(layers)} layers of DINOv2 ViT-S/14 in {len(codings)} ways"):
        pairs = [_code(request, tensors, coding, percents) for tensors in layers for coding in codings]
    verilog = emit_and_build(request, step)
    with step("Running them through the RTL, checking every byte") as detail:
        products = [product for pair in pairs for product in pair if product]
        plans = [runner.Plan([runner.Run(*job) for job in product.jobs], counters=False) for product in products]
        runs = runner.run_plans(design, config, plans, progress=lambda done, all_: detail(f"{done} of {all_} jobs"))
    failures = [failure for run in runs for failure in run.failures]
    if not all(_complete(product, run) for product, run in zip(products, runs, strict=True)):
        return incomplete(console, "jobs", failures)
    rest = iter(runs)
    lines = [_measure(design, wide, next(rest), coded, next(rest) if coded else None) for wide, coded in pairs]
    failures += [
        f"{line.product.tensors.name}, {line.product.coding.name}: {line.cycles} cycles, not {line.formula}"
        for line in lines
        if line.cycles != line.formula
    ]
    console.print()
    console.print(distances_table(lines))
    console.print(NOTE, style="italic", highlight=False)
    console.print(cycles_table(lines))
    console.print(f"\nVerilog: {verilog}", highlight=False)
    wrong, checked = sum(run.mismatches for run in runs), sum(run.outputs_checked for run in runs)
    return verdict(console, f"{wrong:,} of {checked:,} bytes differ from the bit-exact model", failures)


def _code(request, tensors, coding, percents):
    """A product with wide results, and with results in codes unless its channels have several types."""
    try:
        wide, coded = (
            None if coding.per_channel and not wide else
            code(request.config, tensors, coding, wide=wide, percents=percents)
            for wide in (True, False)
        )  # fmt: skip
    except ValueError as error:
        raise UsageError(f"{request.name} can't take the layer {tensors.name}: {error}") from None
    return wide, coded


def _complete(product, run):
    return len(run.jobs) == len(product.jobs) and all("c" in job.outputs for job in run.jobs)


def _measure(design, product, run, coded, coded_run):
    jobs, starts = [each.job for each in run.jobs], [each.start for each in run.jobs]
    perfs = [design.perf(product.config, job) for job in jobs]
    return Measured(
        product=product,
        weights=product.weights_to_float,
        wide=product.to_float([each.outputs for each in run.jobs]),
        coded=coded.to_float([each.outputs for each in coded_run.jobs]) if coded else None,
        mismatches=run.mismatches + (coded_run.mismatches if coded else 0),
        checked=run.outputs_checked + (coded_run.outputs_checked if coded else 0),
        jobs=len(jobs),
        cycles=run.jobs[-1].last_result - starts[0],
        formula=job_ends(product.config, jobs, starts)[-1] - starts[0],
        useful=sum(perf.macs for perf in perfs) / perfs[0].multipliers,
    )
