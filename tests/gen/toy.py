"""A small design for tests of the generator: rows of multipliers, and no host interface."""

from dataclasses import dataclass

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.contract.design import Design, Field
from attnforge.hdl.parts.hierarchy import place


@dataclass(frozen=True)
class Config:
    """Sizes of the toy.

    Parameters
    ----------
    rows, columns : int
        Multipliers of the array, 1 to 128
        each.
    max_tokens : int
        Unused, 1 or more.
    bits : int
        Width of an operand, 2 to 16.
    lanes : int or None
        None takes one per column.
    exact : bool
        Registers the product twice.
    """

    rows: int = 2
    columns: int = 2
    max_tokens: int = 16
    bits: int = 8
    lanes: int | None = None
    exact: bool = True
    job_slots: int = 2
    beat_bytes: int = 4

    def __post_init__(self):
        for name, low, high in (("rows", 1, 128), ("columns", 1, 128), ("max_tokens", 1, 4096), ("bits", 2, 16)):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} is a whole number from {low} to {high}, not {getattr(self, name)}")
        if self.lanes is None:
            object.__setattr__(self, "lanes", self.columns)


class Square(wiring.Component):
    """Squares its operand, two cycles later."""

    def __init__(self, bits):
        self.key = (bits,)
        super().__init__({"i": In(bits), "o": Out(2 * bits)})

    def elaborate(self, platform):
        m = Module()
        s1_operand = Signal.like(self.i, reset_less=True)
        m.d.sync += [s1_operand.eq(self.i), self.o.eq(s1_operand * s1_operand)]
        return m


class Row(wiring.Component):
    """Squares of squares along one row."""

    def __init__(self, columns, bits):
        self.key = (columns, bits)
        super().__init__({"i": In(bits), "o": Out(bits)})

    def elaborate(self, platform):
        m = Module()
        value = self.i
        for column in range(self.key[0]):
            square = place(m, platform, f"square_{column}", Square(self.key[1]))
            m.d.comb += square.i.eq(value)
            value = square.o[: self.key[1]]
        m.d.comb += self.o.eq(value)
        return m


class Toy(wiring.Component):
    """Rows side by side, their results xor-ed."""

    key = ()

    def __init__(self, config):
        self.config = config
        super().__init__({"i": In(config.bits), "o": Out(config.bits)})

    def elaborate(self, platform):
        m = Module()
        value = 0
        for number in range(self.config.rows):
            row = place(m, platform, f"row_{number}", Row(self.config.columns, self.config.bits))
            m.d.comb += row.i.eq(self.i ^ number)
            value = value ^ row.o
        m.d.comb += self.o.eq(value)
        return m


DESIGN = Design(
    name="toyling",
    title="Squares in a row",
    paper="None, 2024",
    Config=Config,
    Job=object,
    presets={"tiny": Config(rows=1, columns=3), "wide": Config(columns=8)},
    top=Toy,
    module_name=lambda config: f"toyling_{config.rows}x{config.columns}",
    model=None,
    perf=None,
    job_fields=lambda config: (Field("tokens", 8, 1, 16, "rows of the operands"),),
    config_words=lambda config: {"ARRAY_ROWS": config.rows},
    operand_segments=None,
    result_segments=None,
    counters=lambda config: (),
    resources=lambda config: {"multipliers": config.rows * config.columns, "queue_bits": 20_000},
    random_job=None,
    quantise=None,
)
