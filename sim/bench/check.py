"""Holds the log of a run against what the script expects: every byte, every `last`, every counter, every error."""

from itertools import pairwise

import numpy as np

from attnforge.hdl.numeric.layout import unpack
from attnforge.sim.bench.results import JobResult, RunResult

__all__ = ["check_run"]


def check_run(script, log) -> RunResult:
    """Compare a log with its script.

    Parameters
    ----------
    script : attnforge.sim.bench.script.Script
    log : attnforge.sim.bench.log.Log
    """
    failures = [f"cycle {cycle}: {text}" for cycle, text in log.violations[:20]]
    if len(log.violations) > 20:
        failures.append(f"{len(log.violations) - 20} more violations of the stream rules")
    if log.stuck:
        failures.append(f"cycle {log.stuck[0]}: given up: results without end, or nothing moves any more")
    jobs = [JobResult(e.step, e.job, e.number, e.kind) for e in script.jobs]
    checked = _check_results(script, log, jobs, failures)
    _add_times(script, log, jobs)
    _check_reads(script, log, jobs, failures)
    ends = [log.result_cycles[-1:], *([cycle] for cycle, *_ in log.reads[-1:])]
    return RunResult(jobs, failures, int(max((end[0] for end in ends if len(end)), default=0)), checked)


def _check_results(script, log, jobs, failures):
    """Cut the result beats at each ``last``, and at each soft reset, and compare them job by job."""
    position, checked = 0, 0
    cycles, ends = log.result_cycles, np.flatnonzero(log.result_last)
    resets = list(log.resets)
    for expected, job in zip(script.jobs, jobs, strict=True):
        if expected.kind == "dropped":
            continue
        if expected.kind == "reset":
            stop = int(np.searchsorted(cycles, resets.pop(0), side="right")) if resets else len(cycles)
            got = log.results[position:stop]
            wanted = expected.beats[: len(got)]
            wanted_last = np.arange(len(got)) == len(expected.beats) - 1
        else:
            stop = next((int(end) + 1 for end in ends[np.searchsorted(ends, position) :][:1]), len(log.results))
            got, wanted = log.results[position:stop], expected.beats
            wanted_last = np.arange(len(got)) == len(wanted) - 1
        name = f"job {expected.number} (step {expected.step})"
        both = min(len(got), len(wanted))
        wrong = np.argwhere(got[:both] != wanted[:both])
        checked += wanted.size
        job.beats = len(got)
        job.mismatches = len(wrong) + abs(len(got) - len(wanted)) * script.beat_bytes
        if len(got):
            job.last_result = int(cycles[stop - 1]) if log.result_last[stop - 1] else None
        if len(got) != len(wanted):
            failures.append(f"{name}: {len(got)} result beats up to the last one, not {len(wanted)}")
        elif expected.kind in ("good", "cut") and not (len(got) and log.result_last[stop - 1]):
            failures.append(f"{name}: no `last` on the final result beat")
        elif (log.result_last[position:stop] != wanted_last).any():
            failures.append(f"{name}: `last` on the wrong result beat")
        if len(wrong):
            beat, byte = map(int, wrong[0])
            failures.append(
                f"{name}: {len(wrong)} wrong bytes, first in beat {beat}, byte {byte}: "
                f"{got[beat, byte]:#04x} instead of {wanted[beat, byte]:#04x} (cycle {int(cycles[position + beat])})"
            )
        if expected.kind == "good" and len(got) == len(wanted):
            job.outputs = unpack(expected.segments, got)
        position = stop
    if position < len(log.results):
        failures.append(f"{len(log.results) - position} extra result beats, first in cycle {int(cycles[position])}")
    return checked


def _add_times(script, log, jobs):
    def at(times, index):
        return times[index] if index is not None and index < len(times) else None

    lasts = [cycle for cycle, _ in log.last_operands]
    for expected, job in zip(script.jobs, jobs, strict=True):
        job.start = at(log.starts, expected.start)
        job.first_operand = at(log.first_operands, expected.first)
        job.last_operand = at(lasts, expected.last)


def _check_reads(script, log, jobs, failures):
    if len(log.reads) < len(script.reads) and not log.stuck:
        failures.append(f"{len(log.reads)} registers were read, not {len(script.reads)}")
    sample = []
    by_number = {(e.epoch, e.number): (e, job) for e, job in zip(script.jobs, jobs, strict=True)}
    for read, (cycle, _address, value) in zip(script.reads, log.reads, strict=False):
        if value is None:
            failures.append(f"cycle {cycle}: {read.name} reads unknown bits")
        elif read.purpose == "sample":
            epoch = sum(reset < cycle for reset in log.resets)
            sample.append((read.name, value))
            if len(sample) > 1 and read.name == sample[0][0]:
                if value == sample[0][1] and (epoch, value) in by_number:
                    _check_counters(by_number[epoch, value], dict(sample), log, failures)
                sample = []
        elif read.value is not None and value != read.value:
            failures.append(f"cycle {cycle}: {_explain(script.registers, read, value)}")
    for first, second in pairwise(j for j in jobs if j.kind == "good"):
        if None not in (first.last_result, second.last_result) and second.last_result <= first.last_result:
            failures.append(f"job {second.number} ends before job {first.number}")


def _check_counters(pair, values, log, failures):
    """Compare the latched counters with what the harness saw on the pins."""
    expected, job = pair
    job.counters = values
    if expected.kind != "good" or job.start is None or job.last_result is None:
        return
    stalls_in = dict(log.last_operands).get(job.last_operand)
    stalls_out = dict(log.last_results).get(job.last_result)
    wanted = {"JOB_CYCLES": job.latency, "JOB_STALL_IN": stalls_in, "JOB_STALL_OUT": stalls_out,
              "JOB_MACS_LO": expected.macs & 0xFFFFFFFF, "JOB_MACS_HI": expected.macs >> 32,
              **{name.upper(): value for name, value in expected.counts.items()}}
    for name, value in wanted.items():
        if value is not None and values[name] != value:
            failures.append(f"job {expected.number} (step {expected.step}): {name} is {values[name]}, not {value}")


def _explain(registers, read, value):
    if read.name == "ERROR":
        got, wanted = (f"{registers.error_name(v & 0xFF)} of job {v >> 16}" for v in (value, read.value))
        return f"ERROR is {got}, not {wanted}"
    return f"{read.name} reads {value:#010x}, not {read.value:#010x}"
