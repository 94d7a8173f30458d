"""Cycles of a workload on a core, from the design's own formulas."""

from collections import Counter
from dataclasses import astuple, dataclass

from attnforge.sim.workloads.attention import workload
from attnforge.sim.workloads.gemm import Gemm

REPORTED = ("deit-tiny", "dinov2-s14", "resnet18", "resnet18-b64", "dinov2-s14-linear")


@dataclass(frozen=True)
class WorkloadCycles:
    """What a workload takes when its jobs follow each other.

    Attributes
    ----------
    workload : str
    operands : str
        Their width.
    jobs : int
        A layer that is more than a core takes may be several.
    cycles : int or float
        Of all jobs: each takes the interval of jobs like it.
    utilisation : float
        Useful products over multipliers times cycles.
    """

    workload: str
    operands: str
    jobs: int
    cycles: float
    utilisation: float

    @property
    def per_job(self):
        """Cycles of a job; the mean where they differ."""
        return self.cycles / self.jobs


def workload_cycles(design, config, name):
    """Cycles of a named workload for each width of operands.

    Returns
    -------
    found : list of WorkloadCycles
        Empty when the design has no such jobs, or the core is generated too small for some of them.
    obstacle : str
        Why it is too small, or nothing.

    Raises
    ------
    ValueError
        No workload has that name.
    """
    entry = workload(name)
    lower = design.gemm_jobs if isinstance(entry.jobs[0], Gemm) else design.head_jobs
    if not lower:
        return [], ""
    jobs = {}
    for shape, count in entry.shapes.items():
        for operands, parts in lower(config, *astuple(shape)).items():
            counts = jobs.setdefault(operands, Counter())
            for job in parts:
                counts[job] += count
    for field in design.job_fields(config):
        largest = max(getattr(job, field.name) for counts in jobs.values() for job in counts)
        if largest > field.high:
            return [], f"{field.name} is at most {field.high}, not {largest}"
    return [_count(design, config, name, operands, counts) for operands, counts in jobs.items()], ""


def _count(design, config, name, operands, counts):
    perfs = [(design.perf(config, job), count) for job, count in counts.items()]
    cycles = sum(perf.interval * count for perf, count in perfs)
    macs = sum(perf.macs * count for perf, count in perfs)
    return WorkloadCycles(name, operands, counts.total(), cycles, macs / (perfs[0][0].multipliers * cycles))
