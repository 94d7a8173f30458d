"""What the user asks for, from preset, file and options to one design, config and target."""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from attnforge.gen.emission.target import TARGETS
from attnforge.gen.errors import UsageError
from attnforge.gen.fields import build, read_value, values_of
from attnforge.gen.registry import DESIGNS, find_design, nearest
from attnforge.hdl.contract.design import Design
from attnforge.hdl.contract.keywords import KEYWORDS

NAMED = {"tokens": "max_tokens", "head_dim": "max_head_dim", "value_dim": "max_value_dim", "bits": "bits"}
"""Options of the command line, and the config fields that designs give these meanings."""

FILE_KEYS = ("design", "preset", "target", "pe")
"""What a TOML file may hold beside config fields."""


@dataclass(frozen=True)
class Request:
    """A resolved request: all that emission needs."""

    design: Design
    config: Any
    target: str
    name: str

    @property
    def elements(self) -> int:
        """Elements of the array; 0 where the design has none."""
        return getattr(self.config, "rows", 0) * getattr(self.config, "columns", 0)


@dataclass
class _Values:
    """Config values in the making, and where each came from."""

    config_class: type
    values: dict
    sources: dict = field(default_factory=dict)

    def set(self, name, value, source):
        self.values[name] = read_value(self.config_class, name, value, source)
        self.sources[name] = source

    def set_array(self, size, source):
        match = re.fullmatch(r"(-?\d+)x(-?\d+)", str(size))
        if not match:
            raise UsageError(f"{source}: an array has rows and columns, such as 16x16")
        self.set("rows", match[1], source)
        self.set("columns", match[2], source)

    def build(self):
        try:
            return build(self.config_class, self.values)
        except (TypeError, ValueError) as error:
            about = next((source for name, source in self.sources.items() if re.match(rf"{name}\b", str(error))), None)
            raise UsageError(f"{about}: {error}" if about else str(error)) from error


def read_toml(path) -> dict[str, Any]:
    """The keys of a TOML file; tables become dotted names.

    Raises
    ------
    UsageError
        If it can't be read, or isn't TOML.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--config {path}: {getattr(error, 'strerror', None) or 'not a text file'}; "
                         "give a readable TOML file") from error
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"--config {path}: not TOML: {error}") from error
    return _flatten(tree)


def _flatten(tree, prefix=""):
    flat = {}
    for key, value in tree.items():
        flat |= _flatten(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return flat


def resolve(design=None, *, preset=None, config_file=None, pe=None, tokens=None, head_dim=None, value_dim=None,
            bits=None, settings=(), target=None, name=None) -> Request:
    """Resolve a request. A later source overrides: preset, file, named options, settings.

    Parameters
    ----------
    design : str
        Name of a design; may come from the file.
    preset : str
        Name of one of its presets; without one, the defaults of its Config.
    config_file : path
        TOML: config fields, and ``design``, ``preset``, ``target``, ``pe``.
    pe : str
        Rows and columns, such as "16x16".
    tokens, head_dim, value_dim, bits : int or str
        The fields that `NAMED` maps them to.
    settings : mapping of str to value, or pairs
        Any config fields.
    target : str
        generic, ecp5, ice40 or gowin; generic by default.
    name : str
        Name of the top module, if not the design's own.

    Raises
    ------
    UsageError
        One line with the offending value and what would be right.
    """
    file = read_toml(config_file) if config_file is not None else {}
    where = f"--config {config_file}"
    design, design_source = (design, f"--design {design}") if design else (file.get("design"), where)
    if not design:
        raise UsageError(f"--design is missing; there are: {', '.join(DESIGNS)}")
    record = find_design(str(design), design_source)
    preset, preset_source = (preset, f"--preset {preset}") if preset else (file.get("preset"), where)
    if preset is not None and str(preset) not in record.presets:
        hint = nearest(str(preset), list(record.presets))
        raise UsageError(f"{preset_source}: {record.name} has no preset {preset!r}; {hint}")
    values = _Values(record.Config, values_of(record.presets[preset]) if preset is not None else {})
    if "pe" in file:
        values.set_array(file["pe"], f"{where}: pe = {file['pe']!r}")
    for key, value in file.items():
        if key not in FILE_KEYS:
            values.set(key, value, where)
    if pe is not None:
        values.set_array(pe, f"--pe {pe}")
    named = {"tokens": tokens, "head_dim": head_dim, "value_dim": value_dim, "bits": bits}
    for option, value in named.items():
        if value is not None:
            values.set(NAMED[option], value, f"--{option.replace('_', '-')} {value}")
    for key, value in dict(settings).items():
        values.set(key, value, f"--set {key}={value}")
    target, target_source = (target, f"--target {target}") if target else (file.get("target", "generic"), where)
    if target not in TARGETS:
        raise UsageError(f"{target_source}: no target {target!r}; {nearest(str(target), TARGETS)}")
    if name is not None and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise UsageError(f"--name {name}: a module name has letters, digits and _, and does not start with a digit")
    if name in KEYWORDS:
        raise UsageError(f"--name {name}: a word of Verilog's own can't name a module; give another one")
    config = values.build()
    return Request(record, config, target, name or record.module_name(config))
