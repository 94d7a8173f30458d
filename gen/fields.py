"""Config fields of any design: their names, types and meanings, and values given as text or TOML."""

import dataclasses
import enum
import inspect
import re
import types
import typing

from attnforge.gen.errors import UsageError
from attnforge.gen.registry import nearest
from attnforge.hdl.contract.docstrings import docstring


def field_types(config_class) -> dict[str, typing.Any]:
    """Types of the fields by name; fields of nested configs have dotted names."""
    hints = typing.get_type_hints(config_class)
    flat = {}
    for field in dataclasses.fields(config_class):
        if not field.init:
            continue
        hint = hints[field.name]
        if dataclasses.is_dataclass(hint):
            flat |= {f"{field.name}.{name}": inner for name, inner in field_types(hint).items()}
        else:
            flat[field.name] = hint
    return flat


def field_docs(config_class) -> dict[str, str]:
    """Meanings of the fields, from the ``Parameters`` section of the docstring."""
    docs, names = {}, []
    section = inspect.cleandoc(docstring(config_class)).partition("Parameters\n----------\n")[2]
    for line in section.splitlines():
        if heading := re.match(r"(\w[\w, ]*?) : ", line):
            names = heading[1].split(", ")
        elif line.startswith("    "):
            for name in names:
                docs[name] = f"{docs.get(name, '')} {line.strip()}".strip()
        else:
            names = []
            if line and not line.startswith(" "):
                break
    return docs


def values_of(config) -> dict[str, typing.Any]:
    """The values that ``config`` was made of; what it derived itself is None again.

    A field that may be None counts as derived when None gives the same config, so that a preset with a derived field
    can be resized.
    """
    values = {}
    for field in dataclasses.fields(config):
        if not field.init:
            continue
        value = getattr(config, field.name)
        if dataclasses.is_dataclass(value):
            values |= {f"{field.name}.{name}": inner for name, inner in values_of(value).items()}
        elif field.default is None and _derives(config, field.name):
            values[field.name] = None
        else:
            values[field.name] = value
    return values


def _derives(config, name):
    """Whether None in place of a field's value gives the same config."""
    try:
        return dataclasses.replace(config, **{name: None}) == config
    except ValueError:  # what would be derived does not go with the other fields
        return False


def build(config_class, values):
    """A config of dotted names and their values."""
    arguments, nested = {}, {}
    for name, value in values.items():
        outer, _, inner = name.partition(".")
        if inner:
            nested.setdefault(outer, {})[inner] = value
        else:
            arguments[outer] = value
    hints = typing.get_type_hints(config_class)
    return config_class(**arguments, **{name: build(hints[name], inner) for name, inner in nested.items()})


def read_settings(texts) -> dict[str, str]:
    """Config fields and their values, from texts such as ``g_bits=12``.

    Raises
    ------
    UsageError
        A text without ``=``.
    """
    settings = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"--set {text}: give a field and its value, such as g_bits=12")
        settings[key] = value
    return settings


def read_value(config_class, name, value, source):
    """The value of a field, from text (command line) or from a TOML value.

    Raises
    ------
    UsageError
        If there is no such field, or the value has the wrong type; the message starts with ``source``.
    """
    hints = field_types(config_class)
    if name not in hints:
        raise UsageError(f"{source}: no config field {name!r}; {nearest(name, list(hints))}")
    hint = hints[name]
    choices = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    if type(None) in choices and value in ("none", "auto", "derived"):
        return None
    for choice in choices:
        read = _read(choice, value)
        if read is not None:
            return read
    wanted = " or ".join(_WORDS.get(choice) or _enum_words(choice) for choice in choices)
    raise UsageError(f"{source}: {name} is {wanted}, not {value!r}")


_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a word", type(None): "auto"}


def _enum_words(choice):
    return " or ".join(member.name.lower() for member in choice)


def _read(choice, value):
    """``value`` as a ``choice``; None if it is not one."""
    if choice is bool:
        return value if isinstance(value, bool) else {"true": True, "false": False}.get(value)
    if isinstance(value, bool):
        return None
    if choice is int:
        if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,18}", value):
            return int(value)
        return value if isinstance(value, int) else None
    if choice is float:
        try:
            return float(value)
        except (TypeError, ValueError):
            return None
    if choice is str:
        return value if isinstance(value, str) else None
    if isinstance(choice, type) and issubclass(choice, enum.Enum):
        return next((member for member in choice if str(value).lower() == member.name.lower()), None)
    return None
