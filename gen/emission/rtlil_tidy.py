"""Tidying of Amaranth's RTLIL, so that the Verilog made of it reads well.

Amaranth keeps every name that a signal ever had as a wire of its own, gives ``rst`` to every submodule with a clocked
statement, computes an expression as often as Python uses it, and writes zeros into memories that need no contents.
Readers and linters stumble over all of it.
"""

import re

from attnforge.gen.emission.rtlil import ID, kind, read

_ZEROS = re.compile(r"connect \\DATA \d+'0+$")


def tidy(text, *, keep_inputs=False):
    """Return the modules of an RTLIL text without aliases, unread logic and inputs, and zeroed memories.

    Parameters
    ----------
    text : str
        What ``amaranth.back.rtlil`` made of one component, parents before their children.
    keep_inputs : bool
        Leave the ports of the first module as they are, but for the clock and the reset.

    Returns
    -------
    list of Module
        In the order of the text.
    """
    modules = read(text)
    dropped = {}
    for module in reversed(modules):
        _drop_connections(module, dropped)
        _drop_zero_contents(module)
        _drop_aliases(module)
        _merge_equal_operators(module)
        _drop_unread_logic(module)
        _drop_aliases(module)  # some fed only logic that is gone
        _drop_unread_outputs(module)
        dropped[module.name] = _drop_unread_inputs(module, keep_inputs and module is modules[0])
    return modules


def _drop_connections(module, dropped):
    """Disconnect cells from the ports that other modules have lost (module id -> port ids)."""
    for cell in module.cells:
        gone = tuple(f"connect {port} " for port in dropped.get(kind(cell), ()))
        if gone:
            cell[:] = [line for line in cell if not line.startswith(gone)]


def _drop_zero_contents(module):
    """Take out memory contents that are nothing but zeros: data memories are not reset."""
    module.cells = [cell for cell in module.cells if kind(cell) != "$meminit_v2" or not any(map(_ZEROS.match, cell))]


def _drop_aliases(module):
    """Take out wires that only repeat the value of others under a further name."""
    counts = module.references()
    dead = [name for name in module.aliases if name not in module.ports and name not in counts]
    while dead:
        for name in ID.findall(module.aliases.pop(dead.pop())):
            counts[name] -= 1
            if not counts[name]:
                del counts[name]
                if name in module.aliases and name not in module.ports:
                    dead.append(name)
    used = module.ports.keys() | module.aliases.keys() | counts.keys()
    module.wires = {name: item for name, item in module.wires.items() if name in used}


def _merge_equal_operators(module):
    """Compute once what an expression that is used twice in Python would compute twice."""
    while True:
        first, renamed, cells = {}, {}, []
        for cell in module.cells:
            result = _unnamed_result(cell)
            if result is None:
                cells.append(cell)
                continue
            same = (kind(cell), *(line for line in cell[1:] if not line.startswith(r"connect \Y ")))
            kept = first.setdefault(same, result)
            if kept == result:
                cells.append(cell)
            else:
                renamed[result] = kept
        if not renamed:
            return

        def rename(text, renamed=renamed):
            return ID.sub(lambda match: renamed.get(match[0], match[0]), text)

        module.cells = [[rename(line) for line in cell] for cell in cells]
        module.others = [[rename(line) for line in item] for item in module.others]
        module.aliases = {name: rename(value) for name, value in module.aliases.items()}
        for name in renamed:
            del module.wires[name]


def _drop_unread_logic(module):
    """Take out operators, registers and processes whose results nothing reads.

    Small configs leave some: the last tap of a delay, the test of a state that nobody asks for.
    """
    while True:
        counts = module.references()
        cells = [cell for cell in module.cells if counts.get(_result(cell)) != 1 or _result(cell) in module.ports]
        others = [item for item in module.others if _is_read(item, counts, module.ports)]
        if (len(cells), len(others)) == (len(module.cells), len(module.others)):
            return
        module.cells, module.others = cells, others


def _is_read(item, counts, ports):
    """Whether anything reads a memory, or what a process computes."""
    if item[-1] != "end":
        return True
    targets = [ID.match(line[7:])[0] for line in item if line.startswith("assign ") and line[7] in "\\$"]
    return len(targets) == 0 or any(target in ports or counts[target] > targets.count(target) for target in targets)


def _drop_unread_outputs(module):
    """Leave outputs of instances open where nothing reads them."""
    counts = module.references()
    unread = {name for name, count in counts.items() if count == 1 and name not in module.ports}
    for cell in module.cells:
        if kind(cell).startswith("\\"):
            for place, line in enumerate(cell):
                _, port, value = line.split(" ", 2) if line.startswith("connect ") else ("", "", "")
                if value in unread:
                    cell[place] = f"connect {port} {{ }}"
                    module.wires.pop(value, None)


def _drop_unread_inputs(module, only_clocking):
    """Take out inputs that nothing reads, and return their ids.

    A component keeps its ports whatever its parameters are; a module has what its own parameters need.
    """
    counts = module.references()
    inputs = [name for name, (direction, _, _) in module.ports.items() if direction == "input"]
    unused = [name for name in inputs if name not in counts and (not only_clocking or name in (r"\clk", r"\rst"))]
    for name in unused:
        del module.ports[name], module.wires[name]
    return unused


def _result(cell):
    """The whole wire that an operator or a register drives; None for other cells."""
    if kind(cell).startswith("$any"):  # each is a value of its own
        return None
    pattern = r"connect \Q " if kind(cell) == "$dff" else r"connect \Y " if kind(cell).startswith("$") else "nothing"
    return next((line.split(" ", 2)[2] for line in cell if line.startswith(pattern)), None)


def _unnamed_result(cell):
    """The wire that an operator drives if it has no name of its own, else None."""
    result = _result(cell)
    return result if result and result.startswith("$") and kind(cell) != "$dff" else None
