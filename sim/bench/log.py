"""The log that sim/bench/harness.v writes, read back."""

import re
from dataclasses import dataclass, field

import numpy as np

__all__ = ["Log", "read_log"]


@dataclass
class Log:
    """What happened in a run; times are cycles since the reset.

    Attributes
    ----------
    starts, first_operands, resets : list of int
    last_operands, last_results : list of (cycle, stalls)
        Stalled cycles since the one before: no operand where one was wanted; a result that waited.
    result_cycles : int array (beats)
    results : uint8 array (beats, beat_bytes)
    result_last : bool array (beats)
    reads : list of (cycle, address, value)
        ``value`` is None where a bit is unknown.
    violations : list of (cycle, text)
    stuck : (cycle, operation) or None
    """

    starts: list = field(default_factory=list)
    first_operands: list = field(default_factory=list)
    resets: list = field(default_factory=list)
    last_operands: list = field(default_factory=list)
    last_results: list = field(default_factory=list)
    result_cycles: np.ndarray = None
    results: np.ndarray = None
    result_last: np.ndarray = None
    reads: list = field(default_factory=list)
    violations: list = field(default_factory=list)
    stuck: tuple = None


def read_log(path, beat_bytes) -> Log:
    """Read a log file."""
    log = Log()
    cycles, payloads = [], []
    digits = 2 * beat_bytes
    for line in path.read_text().splitlines():
        kind, cycle, *rest = line.split(" ", 3) if line[0] != "V" else line.split(" ", 2)
        cycle = int(cycle)
        match kind:
            case "O":
                cycles.append(cycle)
                payloads.append(rest[0])
            case "S":
                log.starts.append(cycle)
            case "F":
                log.first_operands.append(cycle)
            case "E":
                log.last_operands.append((cycle, int(rest[0])))
            case "L":
                log.last_results.append((cycle, int(rest[0])))
            case "R":
                log.resets.append(cycle)
            case "C":
                value = int(rest[1], 16) if re.fullmatch("[0-9a-f]+", rest[1]) else None
                log.reads.append((cycle, int(rest[0], 16), value))
            case "V":
                log.violations.append((cycle, rest[0]))
            case "T":
                log.stuck = (cycle, int(rest[0]))
            case _:
                raise ValueError(f"{path}: not a line of a log: {line!r}")
    text = "".join(payload.rjust(digits + 1, "0")[-digits - 1 :] for payload in payloads)
    # Unknown bits count as 0 here: the harness has complained of them.
    digits_of = np.frombuffer(re.sub("[xzXZ]", "0", text).encode().translate(_NIBBLE), np.uint8)
    digits_of = digits_of.reshape(-1, digits + 1)
    log.result_cycles = np.array(cycles, np.int64)
    log.result_last = (digits_of[:, 0] & 1).astype(bool)
    log.results = (digits_of[:, 1::2] << 4 | digits_of[:, 2::2])[:, ::-1].astype(np.uint8)
    return log


_NIBBLE = bytes(int(chr(c), 16) if chr(c) in "0123456789abcdefABCDEF" else 0 for c in range(256))
