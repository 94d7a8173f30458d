"""What a bench does to a core, step by step, and what it must see.

`compile_script` turns steps into the two files that sim/bench/harness.v plays (register accesses and operand beats),
and into the expectations that sim/bench/check.py holds against the log.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np

from attnforge.hdl.contract.registers import ErrorCode, RegisterMap, design_registers
from attnforge.hdl.numeric.layout import pack, row_beats
from attnforge.sim.bench.steps import Cut, Overlong, QueueFull, Refused, Run, SoftReset

__all__ = ["Expected", "Read", "Script", "compile_script"]


class Op(IntEnum):
    """Operations of the harness's register port."""

    WRITE = 0
    READ = 1
    START = 2
    UNTIL_SET = 3
    UNTIL_CLEAR = 4
    UNTIL_NUMBER = 5
    UNTIL_SENT = 6
    PAUSE = 7
    SOFT_RESET = 8
    CREDIT = 9


@dataclass
class Expected:
    """An accepted job: its number, and the result beats that it must give.

    Attributes
    ----------
    step : int
        Index of the step that it comes from.
    job : Job
    number : int
        As the core counts.
    kind : str
        good, dropped, cut (some results left before the job turned out to be bad), or reset.
    beats : uint8 array (beats, beat_bytes)
        Of a dropped job none; of a cut one its first rows and a beat of zeros; of one that a soft reset ended, what it
        would have given.
    segments : tuple of Segment
        Of the results.
    macs : int
    counts : dict of str to int
        What the design's own counters must tell.
    epoch : int
        Soft resets before it.
    start : int
        Index of its START among all STARTs, refused ones too.
    first, last : int or None
        Index of its first beat among all first beats, and of its `last` among all; None where it has none.
    """

    step: int
    job: Any
    number: int
    kind: str
    beats: np.ndarray
    segments: tuple
    macs: int
    counts: dict
    epoch: int
    start: int
    first: int | None = None
    last: int | None = None


@dataclass(frozen=True)
class Read:
    """A register read: where, what for (constant, sample, error, idle), and the value that it must have, if any."""

    name: str
    purpose: str
    value: int | None = None


@dataclass
class Script:
    """A compiled script.

    Attributes
    ----------
    registers : RegisterMap
    beat_bytes : int
    ops : list of (Op, address, data)
    beats : list of (uint8 array (beats, beat_bytes), bool array (beats))
        Operand beats and their ``last``.
    jobs : list of Expected
    reads : list of Read
        In the order in which the port makes them.
    """

    registers: RegisterMap
    beat_bytes: int
    ops: list = field(default_factory=list)
    beats: list = field(default_factory=list)
    jobs: list = field(default_factory=list)
    reads: list = field(default_factory=list)

    def write_files(self, folder, index):
        """Write ``run<index>.csr`` and ``run<index>.beats``."""
        lines = [f"{op:x} {address:x} {data:x}\n" for op, address, data in self.ops]
        (folder / f"run{index}.csr").write_text("".join(lines))
        with open(folder / f"run{index}.beats", "w") as file:
            for data, last in self.beats:
                for row, final in zip(np.ascontiguousarray(data[:, ::-1]), last, strict=True):
                    file.write(f"{int(final)}{row.tobytes().hex()}\n")


class _Compiler:
    """Keeps track of what the core's registers, queue and numbers are while steps become operations."""

    def __init__(self, design, config, overlap, counters):
        self.design, self.config, self.overlap = design, config, overlap
        self.counters = counters
        self.map = design_registers(design, config)
        self.slots = self.map["JOB_SLOTS"].value
        self.script = Script(self.map, config.beat_bytes)
        self.registers = {}
        self.number = 0  # of the last accepted job
        self.sampled = 0  # its counters were read, and those of all before
        self.sent = self.epoch = self.starts = self.firsts = self.lasts = 0
        self.error = None  # (number, code) that the core will report

    # Operations ----------------------------------------------------------------------------------------------------
    def op(self, op, name=None, data=0):
        self.script.ops.append((op, self.map[name].offset if name else 0, data))

    def read(self, name, purpose, value=None):
        self.op(Op.READ, name)
        self.script.reads.append(Read(name, purpose, value))

    def start_op(self, credit=0):
        self.op(Op.START, "CONTROL", credit)
        self.starts += 1

    def write_job(self, job, values=()):
        wanted = {f.name: getattr(job, f.name) for f in self.design.job_fields(self.config)} | dict(values)
        for name, value in wanted.items():
            if self.registers.get(name) != value:
                self.op(Op.WRITE, name.upper(), int(value))
                self.registers[name] = value

    def clear_error(self, name, number):
        """Read an error that must be there, and clear it."""
        self.read("ERROR", "error", self.map.error(name) | number << 16)
        self.op(Op.WRITE, "CONTROL", 4)

    def settle_error(self):
        """Wait for the job whose error is due, then read the error and clear it."""
        if self.error:
            number, name = self.error
            self.wait_for(number)
            self.clear_error(name, number)
            self.error = None

    def wait_for(self, number):
        """Wait until job ``number`` has left, then read the counters of the job that left last."""
        if number <= self.sampled:
            return
        self.op(Op.UNTIL_NUMBER, "JOB_NUMBER", number & 0xFFFF)

    def sample(self, number):
        if number > self.sampled and self.counters:
            for register in (*self.map.counters, self.map.counters[0]):
                self.read(register.name, "sample")
        self.sampled = max(number, self.sampled)

    def drain(self):
        """Wait until every job has left; counters of all are read on the way."""
        for number in range(self.sampled + 1, self.number + 1):
            self.wait_for(number)
            self.sample(number)
        self.settle_error()

    # Steps -----------------------------------------------------------------------------------------------------------
    def start(self, step, job, operands, kind="good", credit=None):
        """Start a job as soon as a slot is free, or the core idle; returns its operand beats."""
        if not self.overlap:
            self.drain()
        self.write_job(job)
        oldest = self.number + 1 - self.slots
        if oldest > 0:
            self.wait_for(oldest)
        data = pack(self.design.operand_segments(self.config, job), operands, self.config.beat_bytes)
        self.start_op(len(data) if credit is None else credit)
        self.number += 1
        if oldest > 0:
            self.sample(oldest)
        segments = self.design.result_segments(self.config, job)
        results = np.zeros((0, self.config.beat_bytes), np.uint8)
        if kind != "dropped":
            tensors = self.design.model(self.config, job, operands)
            results = pack(segments, tensors, self.config.beat_bytes)
        macs, counts = self.design.perf(self.config, job).macs, self.design.counts(self.config, job, operands)
        number, start = self.number & 0xFFFF, self.starts - 1
        self.script.jobs.append(
            Expected(step, job, number, kind, results, segments, macs, counts, self.epoch, start)
        )
        return data

    def send(self, data, complete=True):
        """Beats for the job that was started last."""
        last = np.zeros(len(data), bool)
        if len(data):
            self.script.jobs[-1].first = self.firsts
            self.firsts += 1
        if complete:
            last[-1] = True
            self.script.jobs[-1].last = self.lasts
            self.lasts += 1
        self.script.beats.append((data, last))
        self.sent += len(data)

    def bad_length(self, step, job, operands, length, name):
        self.settle_error()
        beats = len(pack(self.design.operand_segments(self.config, job), operands, self.config.beat_bytes))
        kept = self.design.kept_rows(self.config, job, min(length(beats), beats) - 1)
        data = self.start(step, job, operands, "cut" if kept else "dropped", credit=length(beats))
        if kept:
            expected = self.script.jobs[-1]
            (segment,) = expected.segments
            first = expected.beats[: kept * row_beats(segment, self.config.beat_bytes)]
            expected.beats = np.concatenate([first, np.zeros_like(first[:1])])
        self.send(np.resize(data, (length(beats), data.shape[1])))
        self.error = (self.number & 0xFFFF, name)

    def add(self, index, step):
        match step:
            case Run(job, operands):
                self.send(self.start(index, job, operands))
            case Cut(job, operands, beats):
                self.bad_length(index, job, operands, lambda full: _within(beats, 1, full - 1), "EARLY_LAST")
            case Overlong(job, operands, extra):
                self.bad_length(index, job, operands, lambda full: full + _within(extra, 1, 1 << 20), "MISSING_LAST")
            case Refused(job, values):
                self.settle_error()
                self.write_job(job, values)
                oldest = self.number + 1 - self.slots
                if oldest > 0:
                    self.wait_for(oldest)
                self.start_op()
                wrong = next(f for f in self.design.job_fields(self.config)
                             if not f.low <= {**vars(job), **values}[f.name] <= f.high)
                self.clear_error(f"FIELD_{wrong.name.upper()}", self.number + 1 & 0xFFFF)
            case QueueFull(runs):
                self.drain()
                if len(runs) != self.slots:
                    raise ValueError(f"QueueFull takes {self.slots} runs, one for each slot, not {len(runs)}")
                overlap, self.overlap = self.overlap, True
                total = 0
                for run in runs:
                    data = self.start(index, run.job, run.operands, credit=0)
                    self.send(data)
                    total += len(data)
                self.overlap = overlap
                self.start_op()
                self.clear_error(ErrorCode.QUEUE_FULL.name, self.number + 1 & 0xFFFF)
                self.op(Op.CREDIT, data=total)
            case SoftReset(job, operands, beats, pause):
                self.drain()
                data = self.start(index, job, operands, "reset", credit=beats)
                self.send(data[:beats], complete=beats == len(data))
                self.op(Op.UNTIL_SENT, data=self.sent)
                if pause:
                    self.op(Op.PAUSE, data=pause)
                self.op(Op.SOFT_RESET, "CONTROL", 2)
                self.number = self.sampled = 0
                self.epoch += 1
            case _:
                raise TypeError(f"not a step of a script: {step!r}")


def _within(value, low, high):
    if not low <= value <= high:
        raise ValueError(f"a script's count of beats is from {low} to {high} here, not {value}")
    return value


def compile_script(design, config, steps, *, overlap=True, counters=True, drain=64) -> Script:
    """Compile steps.

    Parameters
    ----------
    design : Design
    config : Config
    steps : sequence
        Of the classes above.
    overlap : bool
        Start each job as soon as a slot is free; otherwise only when the core is idle.
    counters : bool
        Read each job's counters when it has left. Jobs of a few cycles wait for this; without it they do not.
    drain : int
        Cycles to listen for extra beats after the end.
    """
    compiler = _Compiler(design, config, overlap, counters)
    for register in compiler.map.registers:
        if register.value is not None:
            compiler.read(register.name, "constant", register.value)
    for index, step in enumerate(steps):
        compiler.add(index, step)
    compiler.drain()
    compiler.op(Op.UNTIL_CLEAR, "STATUS", 1)
    compiler.op(Op.PAUSE, data=drain)
    compiler.read("STATUS", "idle", compiler.slots << 8 | (compiler.number + 1 & 0xFFFF) << 16)
    compiler.read("ERROR", "idle", 0)
    compiler.op(Op.PAUSE, data=4)
    return compiler.script
