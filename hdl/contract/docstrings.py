"""Docstrings that reach users: titles above modules, meanings of config fields."""

import ast
import inspect
import sys
import textwrap

__all__ = ["docstring"]


def docstring(documented: type) -> str:
    """A class's docstring, from its source where Python drops docstrings (``-OO``, ``PYTHONOPTIMIZE=2``)."""
    if sys.flags.optimize < 2:
        return documented.__doc__ or ""
    tree = ast.parse(textwrap.dedent(inspect.getsource(documented)))
    return ast.get_docstring(tree.body[0], clean=False) or ""
