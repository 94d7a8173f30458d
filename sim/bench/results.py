"""What a run of a bench found."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["JobResult", "RunResult"]


@dataclass
class JobResult:
    """One accepted job; times are cycles since the reset, None where the run did not get that far.

    Attributes
    ----------
    step : int
        Index of its step in the script.
    job : Job
    number : int
    kind : str
        good, dropped, or reset.
    outputs : dict of str to int array
        Result tensors; empty unless the beats have the right number.
    beats : int
        Result beats that came.
    mismatches : int
        Bytes of results that differ from the model's, missing and extra beats counted whole.
    start, first_operand, last_operand, last_result : int
        Of the write of START, and of the beats' transfers.
    counters : dict of str to int
        Latched by the core; empty where the next job left before they were read.
    """

    step: int
    job: Any
    number: int
    kind: str
    outputs: dict = field(default_factory=dict)
    beats: int = 0
    mismatches: int = 0
    start: int | None = None
    first_operand: int | None = None
    last_operand: int | None = None
    last_result: int | None = None
    counters: dict = field(default_factory=dict)

    @property
    def latency(self) -> int | None:
        """Cycles from the write of START to the last result beat."""
        return None if self.start is None or self.last_result is None else self.last_result - self.start


@dataclass
class RunResult:
    """A run: its jobs, and all that was wrong.

    Attributes
    ----------
    jobs : list of JobResult
    failures : list of str
        Empty when the run passed.
    cycles : int
    seed : int
    stalls : Stalls
    simulator : str
    seconds : float
        Of simulation, without the build.
    outputs_checked : int
        Bytes compared.
    """

    jobs: list
    failures: list
    cycles: int
    outputs_checked: int
    seed: int = 0
    stalls: Any = None
    simulator: str = ""
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether nothing was wrong."""
        return not self.failures

    @property
    def mismatches(self) -> int:
        """Result bytes that differ from the model's."""
        return sum(job.mismatches for job in self.jobs)

    @property
    def intervals(self) -> list:
        """Cycles from job end to job end, of the jobs that gave results."""
        ends = [job.last_result for job in self.jobs if job.last_result is not None]
        return [int(gap) for gap in np.diff(ends)]

    def summary(self) -> dict:
        """The run in JSON types, without the tensors."""
        jobs = [{"step": job.step, "number": job.number, "kind": job.kind, "beats": job.beats,
                 "mismatches": job.mismatches, "start": job.start, "first_operand": job.first_operand,
                 "last_operand": job.last_operand, "last_result": job.last_result, "counters": job.counters}
                for job in self.jobs]
        return {"passed": self.passed, "seed": self.seed, "simulator": self.simulator, "stalls": str(self.stalls),
                "cycles": self.cycles, "seconds": round(self.seconds, 3), "bytes_checked": self.outputs_checked,
                "mismatches": self.mismatches, "intervals": self.intervals, "failures": self.failures, "jobs": jobs}
