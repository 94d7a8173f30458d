"""The trace of a proof as a table of its last cycles, for people."""

import re
from pathlib import Path

__all__ = ["trace_table"]

MOST_CYCLES = 10


def trace_table(path, scope="dut"):
    """The signals of one scope in the last cycles of a trace that smtbmc wrote, a line per signal, in hexadecimal."""
    names, cycles = _read(Path(path).read_text(), scope)
    first = max(0, len(cycles) - MOST_CYCLES)
    rows = [("cycle", *map(str, range(first, len(cycles))))]
    rows += [(name, *(cycle.get(key, "?") for cycle in cycles[first:])) for key, name in names.items()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in
                                                           zip(row[1:], widths[1:], strict=True))]) for row in rows)


def _read(text, scope):
    """The names of the scope's signals by their keys, and per cycle their values by the same keys."""
    names, path, cycles, now = {}, [], [], {}
    for line in text.splitlines():
        if match := re.match(r"\$scope module (\S+)", line):
            path.append(match[1])
        elif line.startswith("$upscope"):
            path.pop()
        elif match := re.match(r"\$var \S+ \d+ (\S+) (.+) \$end", line):
            if path[1:] == [scope] and match[2] != "clk":
                names[match[1]] = match[2]
        elif match := re.match(r"b(\w+) (\S+)", line):
            bits, key = match.groups()
            # One step of the solver is a rising edge: what stands there is what the edge sees.
            if key == "t" and now:
                cycles.append(dict(now))
            now[key] = f"{int(bits, 2):x}" if set(bits) <= {"0", "1"} else "x"
    return names, cycles  # a last step without values ends the file
