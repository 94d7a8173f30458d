"""What a register map is made of, and its forms for gates, manifest, drivers and documents."""

import enum
from dataclasses import asdict, dataclass

__all__ = ["ADDRESS_BITS", "BitField", "Page", "Register", "RegisterMap"]

ADDRESS_BITS = 12  # byte address of the register port


class Page(enum.IntEnum):
    """Where the four kinds of registers begin: 64 words each."""

    CONSTANT = 0x000
    LIVE = 0x100
    CONTROL = 0x200
    JOB = 0x300


@dataclass(frozen=True)
class BitField:
    """Some bits of a register, from bit ``lsb`` up."""

    name: str
    lsb: int
    bits: int
    doc: str

    def of(self, word: int) -> int:
        """Its value in a word of the register."""
        return word >> self.lsb & (1 << self.bits) - 1


@dataclass(frozen=True)
class Register:
    """One 32-bit word of the map.

    Parameters
    ----------
    name : str
        Upper case; unique in the map.
    offset : int
        Byte address, a multiple of 4.
    access : str
        ``"r"`` or ``"w"``. What may not be read reads as 0; writes to what may not be written are ignored.
    bits : int
        Width; the bits above are 0.
    doc : str
        One line for people.
    value : int or None
        The word, where it is a constant.
    low, high : int or None
        Range that START accepts, of a job register.
    fields : tuple of BitField
    """

    name: str
    offset: int
    access: str
    bits: int
    doc: str
    value: int | None = None
    low: int | None = None
    high: int | None = None
    fields: tuple[BitField, ...] = ()

    @property
    def page(self) -> int:
        """The page of the address."""
        return self.offset & ~0xFF

    def field(self, name: str) -> BitField:
        """The bit field called ``name``."""
        return next(each for each in self.fields if each.name == name)


@dataclass(frozen=True)
class RegisterMap:
    """All registers of one core, and the codes of its ERROR register.

    Attributes
    ----------
    design : str
        Name of the design.
    registers : tuple of Register
        In address order.
    errors : tuple of (name, code, doc)
    """

    design: str
    registers: tuple[Register, ...]
    errors: tuple[tuple[str, int, str], ...]

    def __getitem__(self, name: str) -> Register:
        """The register called ``name``; KeyError when there is none."""
        for register in self.registers:
            if register.name == name:
                return register
        raise KeyError(f"no register {name!r}; there are {', '.join(r.name for r in self.registers)}")

    def error(self, name: str) -> int:
        """The code of the error called ``name``."""
        return next(code for known, code, _ in self.errors if known == name)

    def error_name(self, code: int) -> str:
        """The name of an error code, or its number when it has none."""
        return next((name for name, known, _ in self.errors if known == code), str(code))

    @property
    def job_registers(self) -> tuple[Register, ...]:
        """The registers that START copies, in the order of the design's fields."""
        return tuple(r for r in self.registers if r.page == Page.JOB)

    @property
    def counters(self) -> tuple[Register, ...]:
        """What is latched when a job leaves, JOB_NUMBER first."""
        live = [r for r in self.registers if r.page == Page.LIVE]
        return tuple(live[[r.name for r in live].index("JOB_NUMBER") :])

    def to_dict(self) -> dict:
        """The map as JSON types: the manifest's entry, enough for a driver to work from."""
        registers = []
        for register in self.registers:
            entry = asdict(register)
            entry["fields"] = list(entry["fields"])
            registers.append({key: value for key, value in entry.items() if value not in (None, [])})
        errors = [{"name": name, "code": code, "doc": doc} for name, code, doc in self.errors]
        return {"design": self.design, "address_bits": ADDRESS_BITS, "registers": registers, "errors": errors}

    def constants(self) -> dict[str, int]:
        """Flat names for a driver.

        ``<REGISTER>`` is an address, ``<REGISTER>_<FIELD>_LSB`` and ``_MASK`` a bit field, ``ERROR_<NAME>`` a code.
        """
        flat = {}
        for register in self.registers:
            flat[register.name] = register.offset
            for field in register.fields:
                flat[f"{register.name}_{field.name}_LSB"] = field.lsb
                flat[f"{register.name}_{field.name}_MASK"] = ((1 << field.bits) - 1) << field.lsb
        flat.update((f"ERROR_{name}", code) for name, code, _ in self.errors)
        return flat

    def markdown(self) -> str:
        """Two tables, registers and error codes, for the documents."""
        lines = ["| address | register | access | bits | meaning |", "|---|---|---|---|---|"]
        for r in self.registers:
            doc = r.doc
            if r.value is not None:
                doc += f": `{r.value:#010x}`" if r.value > 0xFFFF else f": {r.value}"
            if r.low is not None:
                doc += f" ({r.low} .. {r.high})"
            lines.append(f"| `{r.offset:#05x}` | {r.name} | {r.access} | {r.bits} | {doc} |")
            for f in r.fields:
                span = f"{f.lsb + f.bits - 1}:{f.lsb}" if f.bits > 1 else str(f.lsb)
                lines.append(f"| | &nbsp;&nbsp;{f.name} | | {span} | {f.doc} |")
        lines += ["", "| code | error | meaning |", "|---|---|---|"]
        lines += [f"| {code} | {name} | {doc} |" for name, code, doc in self.errors]
        return "\n".join([*lines, ""])
