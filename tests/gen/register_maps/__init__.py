"""The register maps of all presets, literally: what a driver that is built today will meet on a board.

``python -m tests.gen.register_maps`` writes the files.
"""

from pathlib import Path

from attnforge.gen.registry import DESIGNS
from attnforge.hdl.contract.registers import design_registers

FOLDER = Path(__file__).parent


def text(design, config):
    """A line for each register and each error code, without what is only for people."""
    registers = design_registers(design, config)
    lines = []
    for r in registers.registers:
        value = f" = {r.value}" * (r.value is not None) + f" {r.low} .. {r.high}" * (r.low is not None)
        fields = "".join(f" {field.name}[{field.lsb}+:{field.bits}]" for field in r.fields)
        lines.append(f"{r.offset:03x} {r.access} {r.name} {r.bits}{value}{fields}")
    return "\n".join([*lines, *(f"error {code} {name}" for name, code, _ in registers.errors), ""])


def maps():
    """The file and the text of each preset's map."""
    return {FOLDER / f"{design.name}_{preset}.txt": text(design, config)
            for design in DESIGNS.values() for preset, config in design.presets.items()}


def write():
    """Write all files, and remove those of presets that are no more."""
    wanted = maps()
    for path in set(FOLDER.glob("*.txt")) - set(wanted):
        path.unlink()
    for path, content in wanted.items():
        path.write_text(content)
