"""The register map of the host port: one description that gates, manifest, drivers and documents are made from.

Every design has the same map; only its job registers, its own counters and its CONFIG words differ. `register_map`
makes it from those; the gates are in `attnforge.hdl.parts.host.front_end`.
"""

import dataclasses
import enum
from dataclasses import replace

from attnforge.hdl.contract.design import Design
from attnforge.hdl.contract.register_types import ADDRESS_BITS, BitField, Page, Register, RegisterMap

__all__ = ["ADDRESS_BITS", "ERROR_BITS", "INTERFACE_VERSION", "NUMBER_BITS", "BitField", "ErrorCode", "Page",
           "Register", "RegisterMap", "config_words", "design_registers", "field_error", "register_map"]

NUMBER_BITS = 16  # a job's number: 1 for the first after a reset, and it wraps
ERROR_BITS = 8
INTERFACE_VERSION = 2 << 16  # one more, in the upper half, with every change of a map: see docs/architecture.md

IDENTITY = int.from_bytes(b"ATNF", "little")
FIRST_FIELD_ERROR = 16
PAGE_WORDS = 64


class ErrorCode(enum.IntEnum):
    """Codes of the ERROR register that all designs share; from 16 on they name a job register out of its range."""

    NONE = 0
    QUEUE_FULL = 1
    EARLY_LAST = 2
    MISSING_LAST = 3


ERROR_DOCS = {
    ErrorCode.NONE: "no error since the last clear",
    ErrorCode.QUEUE_FULL: "START with every slot in flight; nothing was queued",
    ErrorCode.EARLY_LAST: "`last` before the job's final operand beat; the job gives no results",
    ErrorCode.MISSING_LAST: "no `last` on the job's final operand beat; beats up to the next `last` are dropped",
}


def field_error(index: int) -> int:
    """Error code of a START refused for job register ``index`` (counted from 0)."""
    return FIRST_FIELD_ERROR + index


CONTROL_FIELDS = (
    BitField("START", 0, 1, "queue a job made of the job registers as they are now"),
    BitField("SOFT_RESET", 1, 1, "drop every job and all that is in the core, clear ERROR, number jobs from 1 again"),
    BitField("CLEAR_ERROR", 2, 1, "set ERROR to 0, before the START of the same write is judged"),
)
STATUS_FIELDS = (
    BitField("BUSY", 0, 1, "a job is in flight: its START was accepted, its end is still to come"),
    BitField("FAILED", 1, 1, "ERROR holds a code"),
    BitField("FREE_SLOTS", 8, 8, "STARTs that the queue takes now"),
    BitField("NEXT_NUMBER", 16, NUMBER_BITS, "number that the next accepted job gets"),
)
ERROR_FIELDS = (
    BitField("CODE", 0, ERROR_BITS, "the first error since the last clear"),
    BitField("NUMBER", 16, NUMBER_BITS, "number of the job, or the number that a refused job would have got"),
)

LIVE = (
    Register("STATUS", 0, "r", 32, "of the queue", fields=STATUS_FIELDS),
    Register("ERROR", 0, "r", 32, "stays until cleared; refuses nothing by itself", fields=ERROR_FIELDS),
    Register("TOTAL_CYCLES", 0, "r", 32, "cycles since `rst`, through soft resets; wraps"),
    Register("JOB_NUMBER", 0, "r", NUMBER_BITS, "the job of the counters below, the last to leave; 0 for none"),
    Register("JOB_CYCLES", 0, "r", 32, "cycles from the write of START to the last result beat"),
    Register("JOB_STALL_IN", 0, "r", 32, "cycles in which the core would take an operand of the job and has none"),
    Register("JOB_STALL_OUT", 0, "r", 32, "cycles in which a result beat waited, since the job before"),
    Register("JOB_MACS_LO", 0, "r", 32, "useful products of the main array, low half"),
    Register("JOB_MACS_HI", 0, "r", 16, "bits 32 to 47 of the same"),
)


def _word(letters: bytes) -> int:
    return int.from_bytes(letters, "little")


def register_map(*, name, slots, beat_bytes, config_words, fields, counters=()) -> RegisterMap:
    """The map of a design.

    Parameters
    ----------
    name : str
        The design's command-line name, ASCII; its first eight letters are in DESIGN_LO and DESIGN_HI.
    slots, beat_bytes : int
        Jobs in flight at most; bytes in a beat. Both become CONFIG words.
    config_words : mapping of str to int
        What else a driver must know, each below 2^32.
    fields, counters : sequence of Field
        Job registers and the design's own per-job counters.

    Raises
    ------
    ValueError
        Too many registers, a name twice, or a value that its register can't hold.
    """
    label = name.encode("ascii")[:8].ljust(8, b"\0")
    words = {"JOB_SLOTS": slots, "BEAT_BYTES": beat_bytes}
    words.update((key.upper(), value) for key, value in config_words.items())
    constant = [
        Register("ID", 0, "r", 32, "`ATNF` in ASCII, first letter in the low byte", IDENTITY),
        Register("VERSION", 0, "r", 32, "of the register maps, in the upper half", INTERFACE_VERSION),
        Register("DESIGN_LO", 0, "r", 32, f"name of the design, `{name}`, letters 1 to 4", _word(label[:4])),
        Register("DESIGN_HI", 0, "r", 32, "letters 5 to 8", _word(label[4:])),
        *(Register(key, 0, "r", 32, "configuration word", int(value)) for key, value in words.items()),
    ]
    live = [*LIVE, *(Register(c.name.upper(), 0, "r", c.bits, c.doc) for c in counters)]
    control = [Register("CONTROL", 0, "w", 3, "each 1 written acts once", fields=CONTROL_FIELDS)]
    job = [Register(f.name.upper(), 0, "w", f.bits, f.doc, low=f.low, high=f.high) for f in fields]
    registers = []
    for page, members in zip(Page, (constant, live, control, job), strict=True):
        if len(members) > PAGE_WORDS:
            kind = page.name.lower()
            raise ValueError(f"{name} has {len(members)} {kind} registers, the map has room for {PAGE_WORDS}")
        registers += [replace(register, offset=page + 4 * k) for k, register in enumerate(members)]
    _check(name, fields, registers)
    errors = [(code.name, int(code), ERROR_DOCS[code]) for code in ErrorCode]
    errors += [(f"FIELD_{f.name.upper()}", field_error(k), f"START with {f.name.upper()} outside {f.low} .. {f.high}")
               for k, f in enumerate(fields)]
    return RegisterMap(name, tuple(registers), tuple(errors))


def config_words(config) -> dict[str, int]:
    """What the CONFIG registers tell a driver: every field of a config, but for the two that all maps have."""
    names = (field.name for field in dataclasses.fields(config))
    return {name: int(getattr(config, name)) for name in names if name not in ("job_slots", "beat_bytes")}


def _check(name, fields, registers):
    names = [r.name for r in registers]
    for register in registers:
        if names.count(register.name) > 1:
            raise ValueError(f"{name} has two registers called {register.name}")
        if not 1 <= register.bits <= 32:
            raise ValueError(f"register {register.name} has 1 to 32 bits, not {register.bits}")
        if register.value is not None and not 0 <= register.value < 1 << 32:
            raise ValueError(f"CONFIG word {register.name} is {register.value}, which 32 bits do not hold")
    for field in fields:
        if not 0 <= field.low <= field.high < 1 << field.bits:
            raise ValueError(
                f"job register {field.name} has {field.bits} bits, too few for its range {field.low} .. {field.high}"
            )


def design_registers(design: Design, config) -> RegisterMap:
    """The map of one core as its `Design` record tells it; a config has ``job_slots`` and ``beat_bytes``."""
    return register_map(
        name=design.name,
        slots=config.job_slots,
        beat_bytes=config.beat_bytes,
        config_words=design.config_words(config),
        fields=design.job_fields(config),
        counters=design.counters(config),
    )
