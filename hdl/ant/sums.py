"""What becomes of the sums that leave the array: their rows, the fusion of 8-bit sums, and their buffer."""

from amaranth.hdl import Module, Mux, Shape, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.ant.config import CODE_BITS, Config
from attnforge.hdl.ant.geometry import Geometry
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.memory.ram import address_bits
from attnforge.hdl.parts.memory.registered_ram import RegisteredRam

__all__ = ["DrainControl", "SumLanes"]


class DrainControl(wiring.Component):
    """Numbers the rows of sums that leave the array after a tile: the first row ``delay`` cycles after ``tile``.

    A row leaves every two cycles; tiles are at least ``2 rows - 1`` cycles apart.

    Parameters
    ----------
    config : Config
    delay : int
        2 or more.

    Members
    -------
    tile : In(Geometry.tile)
    o : Out(Geometry.drain)
    """

    def __init__(self, config: Config, delay):
        g = Geometry(config)
        self.config = config
        self.delay = delay
        self.key = (config, delay)
        super().__init__({"tile": In(g.tile), "o": Out(g.drain)})

    def elaborate(self, platform):
        m = Module()
        tile = self.tile
        for stage in range(1, self.delay):
            fields = {name: Signal(len(tile[name]), name=f"s{stage}_{name}", reset_less=name != "valid")
                      for name, _ in Geometry(self.config).tile}
            m.d.sync += [signal.eq(tile[name]) for name, signal in fields.items()]
            tile = fields
        left = Signal(range(self.config.rows + 1), name="left")
        closing = Signal(reset_less=True, name="closing")
        following = ~self.o.valid & (left != 0)
        m.d.sync += self.o.valid.eq(tile["valid"] | following)
        with m.If(tile["valid"]):
            m.d.sync += [
                left.eq(tile["rows"] - 1),
                closing.eq(tile["closes"]),
                self.o.address.eq(tile["address"]),
                self.o.odd.eq(0),
                self.o.fuse_rows.eq(tile["fuse_rows"]),
                self.o.fuse_columns.eq(tile["fuse_columns"]),
                self.o.closes.eq(tile["closes"] & (tile["rows"] == 1)),
            ]
        with m.Elif(following):
            m.d.sync += [
                left.eq(left - 1),
                self.o.odd.eq(~self.o.odd),
                self.o.address.eq(self.o.address + (self.o.odd | ~self.o.fuse_rows)),
                self.o.closes.eq(closing & (left == 1)),
            ]
        return m


class SumLanes(wiring.Component):
    """The sums of one column or two: fused where operands have 8 bits, and kept in one of the banks.

    A sum is written ``latency`` cycles after it left the array. With 8-bit weights both columns are one, of which the
    second has the high digit, and the sum lies in the first; with 8-bit activations two rows are one, which leave one
    after the other.

    Parameters
    ----------
    config : Config
    columns : int
        1 or 2.

    Members
    -------
    i_drain, o_drain : In, Out
        Which row the sums are of; a cycle later for the neighbour. See `Geometry.drain`.
    sum : In, ``columns`` sums
    r_en, r_address, word : In, In, Out
        `read_latency` cycles.
    """

    latency = 2
    read_latency = RegisteredRam.latency

    def __init__(self, config: Config, columns):
        self.config = config
        self.columns = columns
        self.geometry = g = Geometry(config)
        self.key = (config, columns)
        super().__init__(
            {
                "i_drain": In(g.drain),
                "o_drain": Out(g.drain),
                "sum": In(data.ArrayLayout(Shape(config.accumulator_bits, True), columns)),
                "r_en": In(1),
                "r_address": In(address_bits(config.sum_banks * g.sum_depth)),
                "word": Out(data.ArrayLayout(Shape(config.sum_bits, True), columns)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, drain = self.config, self.i_drain
        total = Shape(config.sum_bits, True)
        s1_drain = self.o_drain
        m.d.sync += s1_drain.eq(drain)
        write = Signal(name="s2_write")
        s2_address = Signal(len(self.r_address), reset_less=True, name="s2_address")
        m.d.sync += [
            write.eq(s1_drain.valid & (s1_drain.odd | ~s1_drain.fuse_rows)),
            s2_address.eq(s1_drain.address),
        ]
        for column in range(self.columns):
            value = self.sum[column]
            if config.eight_bits and column == 0:
                value = value + Mux(drain.fuse_columns, self.sum[1] << CODE_BITS, 0)
            s1_sum = Signal(total, name=f"s1_sum{column}", reset_less=True)
            s2_sum = Signal(total, name=f"s2_sum{column}", reset_less=True)
            m.d.sync += s1_sum.eq(value)
            if config.eight_bits:
                above = Signal(total, name=f"above{column}", reset_less=True)
                with m.If(s1_drain.valid):
                    m.d.sync += above.eq(s1_sum)
                fused = above + (s1_sum << CODE_BITS)
                m.d.sync += s2_sum.eq(Mux(s1_drain.fuse_rows & s1_drain.odd, fused, s1_sum))
            else:
                m.d.sync += s2_sum.eq(s1_sum)
            depth = config.sum_banks * self.geometry.sum_depth
            ram = place(m, platform, f"sums{column}", RegisteredRam(total, depth, "sums"))
            m.d.comb += [
                ram.w_en.eq(write),
                ram.w_address.eq(s2_address),
                ram.w_data.eq(s2_sum),
                ram.r_en.eq(self.r_en),
                ram.r_address.eq(self.r_address),
                self.word[column].eq(ram.r_data),
            ]
        return m
