"""The bench that every design must pass: random and bad jobs, all stall profiles, and exact cycle counts."""

import time
from dataclasses import dataclass, field

import numpy as np

from attnforge.sim.bench.run import Plan, run_plans
from attnforge.sim.bench.stalls import PROFILES
from attnforge.sim.bench.steps import Cut, Overlong, QueueFull, Refused, Run, SoftReset

__all__ = ["Check", "bad_steps", "check_design", "timing_failures"]

SETTLED, FOLLOWING = 24, 4  # equal jobs before steady state, and after those that are measured
SHAPES = 3  # of jobs that are timed


@dataclass
class Check:
    """One line of the bench's report."""

    name: str
    failures: list
    jobs: int = 0
    cycles: int = 0
    outputs: int = 0
    mismatches: int = 0
    seconds: float = 0.0
    results: list = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether nothing was wrong."""
        return not self.failures


def refusals(design, config, job, rng):
    """Refused STARTs for ``job``: every register below its range, above it, and with bits above its width alone."""
    for each in design.job_fields(config):
        good = getattr(job, each.name)
        above = [good + (int(bits) << each.bits) for bits in (1, rng.integers(1, 1 << 32 - each.bits))]
        for value in (each.low - 1, each.high + 1, *above):
            if 0 <= value < 1 << 32:
                yield Refused(job, {each.name: value})


def bad_steps(design, config, rng):
    """All that may go wrong between good jobs, with good jobs between."""

    def good():
        return Run(*design.random_job(config, rng))

    def beats(job):
        segments = design.operand_segments(config, job)
        return sum(s.shape[0] * -(-s.shape[1] // s.format.elements(config.beat_bytes)) for s in segments)

    steps = [good()]
    steps += refusals(design, config, good().job, rng)
    steps += [good()]
    for at in ("first", "middle", "last"):
        job, operands = design.random_job(config, rng)
        whole = beats(job)
        if whole > 1:
            steps += [Cut(job, operands, {"first": 1, "middle": (whole + 1) // 2, "last": whole - 1}[at]), good()]
    steps += [Overlong(*design.random_job(config, rng)), good(), Overlong(*design.random_job(config, rng), 7), good()]
    steps += [QueueFull(tuple(good() for _ in range(config.job_slots))), good()]
    for share in (0.0, 0.3, 0.8, 1.0):
        job, operands = design.random_job(config, rng)
        sent = round(share * beats(job))
        pause = int(rng.integers(0, design.perf(config, job).latency))
        steps += [SoftReset(job, operands, sent, pause), good(), good()]
    return steps


def timing_failures(design, config, alone, *series):
    """Compare unstalled runs with ``perf``: jobs alone for the latency, series of equal jobs for the interval."""
    failures = []
    for job in alone.jobs:
        wanted = design.perf(config, job.job).latency
        if job.latency != wanted:
            failures.append(f"{job.job}: latency {job.latency}, perf says {wanted}")
    for result in series:
        job = result.jobs[0].job
        perf = design.perf(config, job)
        steady = result.intervals[SETTLED:][: perf.period]
        if len(steady) < perf.period or sum(steady) != round(perf.interval * perf.period):
            failures.append(f"{job}: {sum(steady)} cycles for {len(steady)} intervals, perf says {perf.interval}")
    return failures


def check_design(design, config, *, seed=1, jobs=12, progress=None, **options) -> list[Check]:
    """Run the bench on one configuration.

    Parameters
    ----------
    design : Design
    config : Config
    seed : int
        Of the jobs and of the stalls.
    jobs : int
        Random good jobs, beside those between the bad ones.
    progress : callable (jobs done, jobs in all)
    options
        ``simulator``, ``target``, ``waves``, ``built``: see `attnforge.sim.bench.run.run_plans`.

    Returns
    -------
    list of Check
    """
    began = time.monotonic()
    rng = np.random.default_rng(seed)
    good = [Run(*design.random_job(config, rng)) for _ in range(jobs)]
    bad = bad_steps(design, config, rng)
    shapes = [Run(*design.random_job(config, rng)) for _ in range(SHAPES)]
    plans = [Plan(good, stalls, seed + k) for k, stalls in enumerate(PROFILES.values())]
    plans += [Plan(bad, PROFILES["none"], seed), Plan(bad, PROFILES["both"], seed)]
    plans += [Plan(shapes, PROFILES["none"], seed, overlap=False)]
    for shape in shapes:
        series = SETTLED + design.perf(config, shape.job).period + FOLLOWING
        plans.append(Plan([shape] * series, PROFILES["none"], seed, counters=False))
    results = run_plans(design, config, plans, progress=progress, **options)
    streams = len(PROFILES)
    checks = [_check(f"streams: {name}", [result]) for name, result in zip(PROFILES, results[:streams], strict=True)]
    checks += [_check("bad jobs and resets", results[streams : streams + 2])]
    timed = _check("latency and interval", results[streams + 2 :])
    timed.failures += timing_failures(design, config, *results[streams + 2 :])
    checks.append(timed)
    checks[0].seconds += time.monotonic() - began - sum(check.seconds for check in checks)  # building
    return checks


def _check(name, results):
    failures = [text for result in results for text in result.failures]
    return Check(name, failures, sum(len(result.jobs) for result in results), sum(r.cycles for r in results),
                 sum(r.outputs_checked for r in results), sum(r.mismatches for r in results),
                 sum(r.seconds for r in results), results)
