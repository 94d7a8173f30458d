"""RTLIL modules as items that can be taken out: reading and writing Amaranth's text."""

import re

from attnforge.hdl.contract.keywords import KEYWORDS

ID = re.compile(r"\\\S+|\$\d+")
_PORT = re.compile(r"wire width (\d+) (input|output) \d+ +(signed )?(\S+)")
_WIRE = re.compile(r"wire width (\d+) +(signed )?(\S+)")
_DROPPED = re.compile(r"attribute \\(generator|top|src|enum_|amaranth\.)")
_OPENS = ("module ", "cell ", "process ", "switch ")


class Module:
    """One RTLIL module, as lists of items (each a list of stripped lines) that can be taken out.

    Parameters
    ----------
    lines : list of str
        From ``module`` to ``end``, attributes of the module left out.
    """

    def __init__(self, lines):
        self.name = lines[0].split()[1]
        self.ports = {}  # id -> (direction, width, signed)
        self.wires = {}  # id -> item (of a port: its attributes only)
        self.cells = []
        self.others = []  # memories and processes
        self.aliases = {}  # id -> value
        self._read(lines[1:-1])

    def _read(self, lines):
        attributes = []
        lines = iter(lines)
        for line in lines:
            if not line or _DROPPED.match(line):
                continue
            if line.startswith("attribute "):
                attributes.append(line)
                continue
            if port := _PORT.match(line):
                self.ports[port[4]] = (port[2], int(port[1]), bool(port[3]))
                self.wires[port[4]] = attributes
            elif wire := _WIRE.match(line):
                if int(wire[1]):  # Verilog has no vector of zero bits
                    self.wires[wire[3]] = [*attributes, line]
            elif line.startswith("connect "):
                _, target, value = line.split(" ", 2)
                if target in self.wires:
                    self.aliases[target] = value
            elif line.startswith("memory "):
                self.others.append([*attributes, line])
            else:
                item = [*attributes, line, *_until_end(lines)]
                (self.cells if line.startswith("cell ") else self.others).append(item)
            attributes = []

    def references(self):
        """How often each id is read, or driven by a cell or process."""
        texts = [line.split(" ", 2)[2] for cell in self.cells for line in cell if line.startswith("connect ")]
        texts += [line for item in self.others for line in item if line.startswith(("assign ", "switch "))]
        counts = {}
        for text in (*texts, *self.aliases.values()):
            for name in ID.findall(text):
                counts[name] = counts.get(name, 0) + 1
        return counts

    def __str__(self):
        names = self._plain_names()

        def plain(text):
            return ID.sub(lambda match: names.get(match[0], match[0]), text) if names else text

        text = [f"module {self.name}"]
        for number, (name, (direction, width, signed)) in enumerate(self.ports.items(), start=1):
            text += [*self.wires[name], f"wire width {width} {direction} {number} {'signed ' if signed else ''}{name}"]
        for name, item in self.wires.items():
            if name not in self.ports:
                text += [*item[:-1], plain(item[-1])]
        for item in self.others:
            text += map(plain, item)
        for item in self.cells:
            for line in item:
                if line.startswith(r"parameter \MEMID "):
                    memory = line.split('"')[1].replace("\\\\", "\\")
                    line = line.replace(memory, names.get(memory, memory))
                elif line.startswith(("connect ", "cell ")):  # the first id belongs to the other module
                    first, second, rest = line.split(" ", 2)
                    line = f"{first} {second} {plain(rest)}"
                text.append(line)
        text += [f"connect {plain(target)} {plain(value)}" for target, value in self.aliases.items()]
        return "\n".join([*text, "end", ""])

    def _plain_names(self):
        """Names without escapes for the wires and cells whose names Verilog would have to escape."""
        memories = [item[-1].split()[-1] for item in self.others if item[-1].startswith("memory ")]
        names = [*self.wires, *memories, *(kind(cell, 2) for cell in self.cells)]
        taken = {*names, *(f"\\{word}" for word in KEYWORDS)}
        plain_names = {}
        for name in names:
            escaped = not re.fullmatch(r"\\[A-Za-z_]\w*", name) or name[1:] in KEYWORDS
            if name.startswith("\\") and name not in self.ports and escaped:
                stem = "\\" + (re.sub(r"\W+", "_", name[1:]).strip("_") or "signal")
                plain, number = stem, 1
                while plain in taken:
                    number += 1
                    plain = f"{stem}_{number}"
                taken.add(plain)
                plain_names[name] = plain
        return plain_names


def kind(cell, word=1):
    """The type of a cell; its own name with ``word`` 2."""
    return next(line for line in cell if line.startswith("cell ")).split()[word]


def _until_end(lines):
    depth = 1
    for line in lines:
        yield line
        depth += line.startswith(_OPENS) - (line == "end")
        if not depth:
            return


def read(text):
    """The modules of an RTLIL text, in its order."""
    text = re.sub(r"\\port\$(\d+)\$(\d+)", r"\\port_\1_\2", text)
    lines = iter([line.strip() for line in text.splitlines()])
    return [Module([line, *_until_end(lines)]) for line in lines if line.startswith("module ")]
