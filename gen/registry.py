"""The one list of designs."""

import difflib

from attnforge.gen.errors import UsageError
from attnforge.hdl.ant import DESIGN as ant
from attnforge.hdl.contract.design import Design
from attnforge.hdl.dense import DESIGN as dense
from attnforge.hdl.vitality import DESIGN as vitality

DESIGNS: dict[str, Design] = {design.name: design for design in (vitality, ant, dense)}


def nearest(word, words) -> str:
    """A hint for a word that is none of ``words``: the near one if there is one, and the list."""
    near = difflib.get_close_matches(word, words, n=1)
    return (f"did you mean {near[0]}? There" if near else "there") + f" are: {', '.join(words)}"


def find_design(name: str, source: str = "") -> Design:
    """The design called ``name``.

    Raises
    ------
    UsageError
        If there is none; the message starts with ``source`` (where the name came from) and has the nearest name.
    """
    if name not in DESIGNS:
        raise UsageError(f"{source or name}: no design {name!r}; {nearest(name, list(DESIGNS))}")
    return DESIGNS[name]
