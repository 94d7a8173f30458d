"""Which core is behind a link: its design and its config, from the words that it tells of itself."""

import enum
import typing

from attnforge.fpga.host.errors import WrongCore
from attnforge.gen.fields import build, field_types
from attnforge.gen.registry import DESIGNS
from attnforge.hdl.contract.registers import INTERFACE_VERSION, design_registers, register_map

__all__ = ["config_of", "identify"]

COMMON = register_map(name="", slots=1, beat_bytes=1, config_words={}, fields=())
"""The registers that every core has at the same addresses."""


def identify(read, port):
    """Find out what is behind a port.

    Parameters
    ----------
    read : callable (list of addresses) -> list of words
    port : str
        For messages.

    Returns
    -------
    Design, Config, RegisterMap

    Raises
    ------
    WrongCore
    """
    names = ("ID", "VERSION", "DESIGN_LO", "DESIGN_HI")
    identity, version, *label = read([COMMON[name].offset for name in names])
    if identity != COMMON["ID"].value:
        raise WrongCore(f"{port} is no attnforge core: its ID register holds {identity:#010x}")
    if version != INTERFACE_VERSION:
        raise WrongCore(f"the core at {port} has version {_version(version)} of the register maps, this driver "
                        f"{_version(INTERFACE_VERSION)}: build its bitstream again with this attnforge, or run the one "
                        "that built it")
    name = b"".join(word.to_bytes(4, "little") for word in label).rstrip(b"\0").decode("ascii", "replace")
    # The registers have room for eight letters.
    design = next((each for each in DESIGNS.values() if each.name[:8] == name), None)
    if design is None:
        raise WrongCore(f"the core at {port} is of the design {name!r}; this driver knows {', '.join(DESIGNS)}")
    # Where the words are does not depend on their values: any config tells it.
    addresses = _config_addresses(design_registers(design, next(iter(design.presets.values()))))
    words = dict(zip(addresses, read(list(addresses.values())), strict=True))
    try:
        config = config_of(design, words)
        registers = design_registers(design, config)
    except (TypeError, ValueError) as error:
        raise WrongCore(f"the core at {port} has a configuration that {design.name} does not know: {error}") from error
    return design, config, registers


def config_of(design, words):
    """Make a design's config of its CONFIG words, which have the names of its fields in upper case.

    Raises
    ------
    TypeError, ValueError
        A word is missing, or the config refuses it.
    """
    values = {}
    for name, kind in field_types(design.Config).items():
        if name.upper() not in words:
            raise ValueError(f"the word {name.upper()} is missing")
        word = words[name.upper()]
        is_bool = bool in (kind, *typing.get_args(kind))
        if is_bool and word > 1:
            raise ValueError(f"the word {name.upper()} must be 0 or 1, not {word}")
        is_enum = isinstance(kind, type) and issubclass(kind, enum.Enum)
        values[name] = bool(word) if is_bool else kind(word) if is_enum else word
    return build(design.Config, values)


def _config_addresses(registers):
    known = {register.name for register in COMMON.registers if register.name not in ("JOB_SLOTS", "BEAT_BYTES")}
    return {each.name: each.offset for each in registers.registers if each.value is not None and each.name not in known}


def _version(word):
    return f"{word >> 16}.{word & 0xFFFF}" if word & 0xFFFF else f"{word >> 16}"
