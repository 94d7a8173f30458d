"""Cycles of a head of a workload, from the design's own formulas."""

from dataclasses import dataclass

import numpy as np

from sim.workloads import Head, workload

REPORTED = ("deit-tiny", "dinov2-s14")


@dataclass(frozen=True)
class HeadCycles:
    """What one head of a workload takes when heads follow each other.

    Attributes
    ----------
    interval : int or float
        Cycles per head; the mean where heads alternate.
    utilisation : float
        Useful products over multipliers times interval.
    jobs : int
        Heads of one inference.
    """

    interval: float
    utilisation: float
    jobs: int


def head_cycles(design, config, name):
    """Return the cycles of a named workload's head, or None when the core is generated too small for it.

    Raises
    ------
    ValueError
        The workload has heads of several shapes, or there is none of that name.
    """
    entry = workload(name)
    if len(entry.shapes) != 1:
        raise ValueError(f"Workload must have heads of one shape, not {list(entry.shapes)}")
    ((head, jobs),) = entry.shapes.items()
    if not holds(design, config, head):
        return None
    sizes = {"tokens": head.tokens, "head_dim": head.head_dim, "value_dim": head.value_dim}
    job, _ = design.random_job(config, np.random.default_rng(0), **sizes)
    perf = design.perf(config, job)
    return HeadCycles(perf.interval, perf.utilisation, jobs)


def holds(design, config, head: Head):
    """Whether START accepts a head of this shape."""
    limits = {field.name: field.high for field in design.job_fields(config)}
    return all(getattr(head, name) <= limits.get(name, 0) for name in ("tokens", "head_dim", "value_dim"))
