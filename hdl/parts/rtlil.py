"""Tidying of Amaranth's RTLIL text, so that the Verilog made of it reads well.

Amaranth keeps every name that a signal ever had as a wire of its own, gives ``rst`` to every submodule with a clocked
statement, and writes zeros into memories that need no contents. Readers and linters stumble over all three.
"""

import re

_ID = re.compile(r"\\\S+|\$\d+")
_PORT = re.compile(r"wire width (\d+) (input|output) \d+ +(signed )?(\S+)")
_WIRE = re.compile(r"wire width (\d+) +(signed )?(\S+)")
_DROPPED = re.compile(r"attribute \\(generator|top|src|enum_|amaranth\.)")
_ZEROS = re.compile(r"connect \\DATA \d+'0+$")
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

    def drop_connections(self, dropped):
        """Disconnect cells from the ports that other modules have lost (module id -> port ids)."""
        for cell in self.cells:
            gone = tuple(f"connect {port} " for port in dropped.get(_kind(cell), ()))
            if gone:
                cell[:] = [line for line in cell if not line.startswith(gone)]

    def drop_zero_contents(self):
        """Take out memory contents that are nothing but zeros: data memories are not reset."""
        self.cells = [cell for cell in self.cells if _kind(cell) != "$meminit_v2" or not any(map(_ZEROS.match, cell))]

    def drop_aliases(self):
        """Take out wires that only repeat the value of others under a further name."""
        counts = self._references()
        dead = [name for name in self.aliases if name not in self.ports and name not in counts]
        while dead:
            for name in _ID.findall(self.aliases.pop(dead.pop())):
                counts[name] -= 1
                if not counts[name]:
                    del counts[name]
                    if name in self.aliases and name not in self.ports:
                        dead.append(name)
        used = self.ports.keys() | self.aliases.keys() | counts.keys()
        self.wires = {name: item for name, item in self.wires.items() if name in used}

    def drop_unread_operators(self):
        """Take out operators without a name whose result nothing reads, such as the tests of unasked FSM states."""
        while True:
            counts = self._references()
            alive = [cell for cell in self.cells if counts.get(_unnamed_result(cell)) != 1]
            if len(alive) == len(self.cells):
                return
            self.cells = alive

    def drop_unread_outputs(self):
        """Leave outputs of instances open where nothing reads them."""
        counts = self._references()
        unread = {name for name, count in counts.items() if count == 1 and name not in self.ports}
        for cell in self.cells:
            if _kind(cell).startswith("\\"):
                for place, line in enumerate(cell):
                    _, port, value = line.split(" ", 2) if line.startswith("connect ") else ("", "", "")
                    if value in unread:
                        cell[place] = f"connect {port} {{ }}"
                        self.wires.pop(value, None)

    def drop_unused_clocking(self):
        """Take out ``clk`` and ``rst`` where nothing reads them, and return their ids."""
        counts = self._references()
        unused = [name for name in (r"\clk", r"\rst") if name in self.ports and name not in counts]
        for name in unused:
            del self.ports[name], self.wires[name]
        return unused

    def _references(self):
        """How often each id is read, or driven by a cell or process."""
        texts = [line.split(" ", 2)[2] for cell in self.cells for line in cell if line.startswith("connect ")]
        texts += [line for item in self.others for line in item if line.startswith(("assign ", "switch "))]
        counts = {}
        for text in (*texts, *self.aliases.values()):
            for name in _ID.findall(text):
                counts[name] = counts.get(name, 0) + 1
        return counts

    def __str__(self):
        names = self._plain_names()

        def plain(text):
            return _ID.sub(lambda match: names.get(match[0], match[0]), text) if names else text

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
                if line.startswith(("connect ", "cell ")):  # the first id belongs to the other module
                    first, second, rest = line.split(" ", 2)
                    line = f"{first} {second} {plain(rest)}"
                text.append(line)
        text += [f"connect {plain(target)} {plain(value)}" for target, value in self.aliases.items()]
        return "\n".join([*text, "end", ""])

    def _plain_names(self):
        """Names without escapes for the wires and cells whose names Verilog would have to escape."""
        names = [*self.wires, *(_kind(cell, 2) for cell in self.cells)]
        taken = set(names)
        plain_names = {}
        for name in names:
            if name.startswith("\\") and name not in self.ports and not re.fullmatch(r"\\[A-Za-z_]\w*", name):
                stem = "\\" + (re.sub(r"\W+", "_", name[1:]).strip("_") or "signal")
                plain, number = stem, 1
                while plain in taken:
                    number += 1
                    plain = f"{stem}_{number}"
                taken.add(plain)
                plain_names[name] = plain
        return plain_names


def _kind(cell, word=1):
    return next(line for line in cell if line.startswith("cell ")).split()[word]


def _unnamed_result(cell):
    """The private wire that an operator drives; None for other cells, and for results with a name."""
    return next((line.split(" ", 2)[2] for line in cell if line.startswith(r"connect \Y $")), None)


def _until_end(lines):
    depth = 1
    for line in lines:
        yield line
        depth += line.startswith(_OPENS) - (line == "end")
        if not depth:
            return


def tidy(text):
    """Return the modules of an RTLIL text without aliases, unused clocks and resets, and zeroed memories.

    Parameters
    ----------
    text : str
        What ``amaranth.back.rtlil`` made of one component, parents before their children.

    Returns
    -------
    list of Module
        In the order of the text.
    """
    text = re.sub(r"\\port\$(\d+)\$(\d+)", r"\\port_\1_\2", text)
    lines = iter([line.strip() for line in text.splitlines()])
    modules = [Module([line, *_until_end(lines)]) for line in lines if line.startswith("module ")]
    dropped = {}
    for module in reversed(modules):
        module.drop_connections(dropped)
        module.drop_zero_contents()
        module.drop_aliases()
        module.drop_unread_operators()
        module.drop_aliases()  # some fed only operators
        module.drop_unread_outputs()
        dropped[module.name] = module.drop_unused_clocking()
    return modules
