"""What a design tells the generic tools: one frozen record per design.

The command line, the test benches, the reports and the host driver read nothing but this record, so a new design is a
folder and one line in ``gen/registry.py``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any


@dataclass(frozen=True)
class Field:
    """A job register: its name, its width, and the inclusive range that START accepts.

    Parameters
    ----------
    name : str
        Attribute of the design's ``Job`` and, in upper case, the register's name.
    bits : int
        Width, 1 to 32; unsigned.
    low, high : int
        START refuses a job whose value lies outside ``low .. high``.
    doc : str
        One line: meaning and unit.
    """

    name: str
    bits: int
    low: int
    high: int
    doc: str


@dataclass(frozen=True)
class Perf:
    """Cycle counts of one job, exact for a core whose operands are always ready and whose results are always taken.

    Attributes
    ----------
    ends : (count) -> list of int
        Cycle of the last result beat of each of ``count`` such jobs, all started in cycle 0. What follows from it is
        worked out when it is read.
    macs : int
        Useful products of the main array.
    multipliers : int
        Multipliers of the main array.
    """

    ends: Callable
    macs: int
    multipliers: int

    @cached_property
    def latency(self) -> int:
        """Cycles from the START of an idle core to the job's last result beat."""
        return self.ends(1)[0]

    @property
    def interval(self) -> int | float:
        """Cycles from job end to job end when equal jobs follow each other; where they alternate, the mean."""
        return self._steady[0]

    @property
    def period(self) -> int:
        """Jobs after which the pattern of the intervals repeats, 1 where they are all equal."""
        return self._steady[1]

    @cached_property
    def _steady(self):
        return steady_interval(self.ends(EQUAL_JOBS))

    @property
    def utilisation(self) -> float:
        """Useful products over multipliers times interval (0 .. 1)."""
        return self.macs / (self.multipliers * self.interval)


SETTLED, LONGEST = 24, 24  # equal jobs before steady state; after how many its pattern repeats at the latest
EQUAL_JOBS = 2 * SETTLED + 2 * LONGEST


def steady_interval(ends) -> tuple[int | float, int]:
    """Mean interval and period of `EQUAL_JOBS` equal jobs, from the cycles of their ends."""
    gaps = [later - sooner for sooner, later in pairwise(ends)][SETTLED : SETTLED + 2 * LONGEST]
    period = next((p for p in range(1, LONGEST) if gaps[p:] == gaps[:-p]), LONGEST)
    interval = sum(gaps[:period]) / period
    return (int(interval) if interval.is_integer() else interval), period


def job_perf(job_ends, config, job, macs) -> Perf:
    """`Perf` of a job with ``macs`` useful products, of a design that tells the ends of a list of jobs.

    Parameters
    ----------
    job_ends : (config, jobs, starts) -> list of int
        Cycle of each job's last result beat, given the cycle of each START.
    """
    return Perf(lambda count: job_ends(config, [job] * count, [0] * count), macs, config.rows * config.columns)


@dataclass(frozen=True)
class Segment:
    """One tensor of a job's operand or result stream: name, shape (tokens, features) and integer format."""

    name: str
    shape: tuple[int, int]
    format: Any  # attnforge.hdl.numeric.Int


@dataclass(frozen=True)
class Design:
    """One accelerator, as seen by everything generic.

    Attributes
    ----------
    name, title, paper : str
        Command-line name, one line for people, and the publication.
    Config, Job : type
        Frozen dataclasses: what is fixed at generation, and the registers of one job.
    presets : mapping of str to Config
        Named sizes: ``tiny`` (tests), ``paper``, one per board.
    top : (config) -> wiring.Component
        The core with the host interface of docs/architecture.md.
    module_name : (config) -> str
        Name of the Verilog top: design and geometry.
    model : (config, job, operands) -> dict of arrays
        Bit-exact results; ``operands`` maps segment names to integer arrays.
    perf : (config, job) -> Perf
    job_fields : (config) -> tuple of Field
        The job registers in register order.
    config_words : (config) -> dict of str to int
        What the CONFIG registers tell a driver (array, maxima, widths, formats).
    operand_segments, result_segments : (config, job) -> tuple of Segment
        Tensors in stream order.
    counters : (config) -> tuple of Field
        Per-job counters of this design alone, beside those of every design.
    resources : (config) -> dict of str to int
        Estimate before synthesis: multipliers, buffer bits by buffer, ...
    random_job : (config, rng, *, most=None, **sizes) -> (job, operands)
        ``most`` bounds the sizes that are drawn; jobs of few beats take a small one. None for a component that is no
        core, which then gets no testbench.
    quantise : (config, tensors) -> (job, operands, scales)
        From float tensors to a job; ``scales`` maps segment names to the float value of one LSB.
    counts : (config, job, operands) -> dict of str to int
        What the core tells of a good job in its ``counters``, by their names: the bench compares those that are there.
    kept_rows : (config, job, beats) -> int
        Rows of results that leave although a job turns out to be bad at the operand beat after ``beats`` good ones: not
        0 only where results leave before all operands have come.
    bound : (config) -> float, or None
        Largest distance of ``model`` from the design's exact function of the same integer operands, in LSBs of the
        results, with the registers that ``quantise`` makes; the design's README derives it and says what it takes for
        granted. Infinite where there is none. None where results are exact but for their own rounding.
    """

    name: str
    title: str
    paper: str
    Config: type
    Job: type
    presets: Mapping[str, Any]
    top: Callable
    module_name: Callable
    model: Callable
    perf: Callable
    job_fields: Callable
    config_words: Callable
    operand_segments: Callable
    result_segments: Callable
    counters: Callable
    resources: Callable
    random_job: Callable
    quantise: Callable
    counts: Callable = lambda config, job, operands: {}
    kept_rows: Callable = lambda config, job, beats: 0
    head_jobs: Callable | None = None
    gemm_jobs: Callable | None = None
    bound: Callable | None = None
