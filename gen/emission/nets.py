"""Which nets reach the pins of primitives, followed through the hierarchy of elaborated modules."""

import re

from attnforge.gen.emission.rtlil import kind

__all__ = ["pin_nets"]

_TOKEN = re.compile(r"[{}]|\[\d+(?::\d+)?\]|\d+'[01xz-]+|\S+")
_WIDTH = re.compile(r"wire width (\d+)")


def pin_nets(modules, top, primitive, pins):
    """The nets at some pins of every instance of a primitive.

    Nets of one register or gate are one net under any name; two registers of equal value are two.

    Parameters
    ----------
    modules : dict of str to attnforge.gen.emission.rtlil.Module
        By id.
    top : str
        Id of the top module.
    primitive : str
    pins : sequence of str
        Of one bit each; those that an instance does not connect are left out.

    Returns
    -------
    list of frozenset
        For each instance the nets at its pins: ``"0"``, ``"1"``, or a tuple that names one net of the core.
    """
    return _Search(modules, f"\\{primitive}", [f"\\{pin}" for pin in pins]).of(top)


class _Search:
    """Sets of nets by module: a net that comes in by a port is (port, bit), any other one is (path ..., name, bit)."""

    def __init__(self, modules, primitive, pins):
        self.modules, self.primitive, self.pins = modules, primitive, pins
        self.found = {}

    def of(self, name):
        if name not in self.found:
            module, found = self.modules[name], []
            for cell in module.cells:
                inner = kind(cell)
                if inner == self.primitive or (inner in self.modules and self.of(inner)):
                    wires = _Connections(module, cell)
                    if inner == self.primitive:
                        nets = (wires.net(pin, 0) for pin in self.pins)
                        found.append(frozenset(net for net in nets if net is not None))
                    else:
                        found += [frozenset(self._outside(wires, inner, net, kind(cell, 2)) for net in nets)
                                  for nets in self.of(inner)]
            self.found[name] = found
        return self.found[name]

    def _outside(self, wires, inner, net, cell):
        """What a net inside of a cell is called outside of it."""
        if net in ("0", "1"):
            return net
        port, bit = net[-2:]
        if len(net) == 2 and self.modules[inner].ports.get(port, ("",))[0] == "input":
            return wires.net(port, bit) or (cell, *net)
        return (cell, *net)


class _Connections:
    """The nets at the ports of one cell."""

    def __init__(self, module, cell):
        self.module = module
        self.ports = dict(line.split(" ", 2)[1:] for line in cell if line.startswith("connect "))
        self.bits = {}

    def net(self, port, bit):
        """The net at a bit of a port, or None if there is none."""
        if port not in self.ports:
            return None
        if port not in self.bits:
            self.bits[port] = self._bits(self.ports[port])
        bits = self.bits[port]
        return self._source(bits[bit]) if bit < len(bits) else None

    def _source(self, net):
        """Through all further names of a net, to its first one."""
        while net not in ("0", "1") and net[0] in self.module.aliases:
            net = self._bits(self.module.aliases[net[0]])[net[1]]
        return net

    def _bits(self, text):
        """The bits of an RTLIL value, low one first: "0", "1", or (wire, bit)."""
        words, parts = _TOKEN.findall(text), []
        for word in words:
            if word in "{}":
                continue
            if word[0] == "[":
                high, _, low = word[1:-1].partition(":")
                parts[-1] = parts[-1][int(low or high) : int(high) + 1]
            elif "'" in word:
                parts.append(["1" if digit == "1" else "0" for digit in reversed(word.split("'")[1])])
            else:
                parts.append([(word, bit) for bit in range(self._width(word))])
        return [bit for part in reversed(parts) for bit in part]

    def _width(self, name):
        if name in self.module.ports:
            return self.module.ports[name][1]
        return int(_WIDTH.match(self.module.wires[name][-1])[1])
