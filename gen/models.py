"""Models of the targets' primitives, for simulators that have none: what a core instances, from sim/primitives."""

import re
from pathlib import Path

PRIMITIVES = Path(__file__).parents[1] / "sim" / "primitives"
"""Files that begin with the target's name; each begins with a comment that says what is modelled."""

_MODULE = re.compile(r"(?:^//[^\n]*\n)*^module (\w+).*?^endmodule$", re.MULTILINE | re.DOTALL)


def modelled(target) -> dict[str, tuple[str, str]]:
    """By primitive of a target, and by module inside one: the comment that begins the file, and the module's text."""
    found = {}
    for file in sorted(PRIMITIVES.glob(f"{target}*.v")):
        head, _, text = file.read_text(encoding="utf-8").partition("\n\n")
        found |= {module[1]: (head, module[0]) for module in _MODULE.finditer(text)}
    return found


def models(target, names) -> str:
    """Models of primitives and of what these instance themselves, as one text; empty without primitives.

    A macro for each lets several cores of a project bring the same model, of which the first counts.

    Parameters
    ----------
    target : str
    names : iterable of str
        What the core instances.

    Raises
    ------
    ValueError
        There is no model of one.
    """
    found = modelled(target)
    if missing := sorted(set(names) - set(found)):
        raise ValueError(f"there is no model of {', '.join(missing)} in {PRIMITIVES}")
    wanted = sorted(names)
    for name in wanted:  # grows while there are instances inside
        wanted += [inner for inner in found if inner not in wanted and re.search(rf"\b{inner} #?\(", found[name][1])]
    parts = []
    for name in sorted(wanted, key=list(found).index):
        head, text = found[name]
        parts += [f"{head}\n"] if f"{head}\n" not in parts else []
        parts.append(f"`ifndef ATTNFORGE_{name}\n`define ATTNFORGE_{name}\n{text}\n`endif\n")
    return "\n".join(parts)
