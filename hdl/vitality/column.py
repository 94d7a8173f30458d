"""One column's edges of the array: its lanes of V and G above, its accumulator below."""

from amaranth.hdl import Module, Mux, Shape, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.parts.array.pass_sums import pass_sums
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.memory.ram import Ram, address_bits
from attnforge.hdl.vitality.config import Config
from attnforge.hdl.vitality.geometry import Geometry

__all__ = ["ColumnFeeder", "ColumnSums"]


class ColumnFeeder(wiring.Component):
    """Loads one column with a tile of V or of G: 3 cycles from address to word, one word per cycle.

    Parameters
    ----------
    config : Config

    Members
    -------
    v_en, v_address, v_data, g_w_en, g_w_address, g_w_data : In
        Write ports of the two buffers.
    i_load, o_load : In, Out
        The control word, from the column before and, one cycle later, to the column behind; see `Geometry.load`.
    word, load, load_last : Out
        To the top of the column.
    """

    latency = 3

    def __init__(self, config: Config):
        self.config = config
        self.geometry = g = Geometry(config)
        self.key = (config,)
        super().__init__(
            {
                "v_en": In(1),
                "v_address": In(address_bits(2 * g.value_depth)),
                "v_data": In(config.operand.shape),
                "g_w_en": In(1),
                "g_w_address": In(address_bits(2 * g.g_depth)),
                "g_w_data": In(config.g.shape),
                "i_load": In(g.load),
                "o_load": Out(g.load),
                "word": Out(config.stationary.shape),
                "load": Out(1),
                "load_last": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        load = self.i_load
        values = place(m, platform, "values", Ram(self.config.operand.shape, 2 * self.geometry.value_depth, "values"))
        g = place(m, platform, "g", Ram(self.config.g.shape, 2 * self.geometry.g_depth, "g"))
        s1_g, s2_g = (Signal(reset_less=True, name=f"s{n}_is_g") for n in (1, 2))
        s2_value = Signal(self.config.operand.shape, reset_less=True, name="s2_value")
        s2_g_word = Signal(self.config.g.shape, reset_less=True, name="s2_g_word")
        s3_word = Signal(self.config.stationary.shape, reset_less=True, name="s3_word")
        m.d.comb += [
            values.w_en.eq(self.v_en),
            values.w_address.eq(self.v_address),
            values.w_data.eq(self.v_data),
            values.r_en.eq(load.value_en),
            values.r_address.eq(load.address),
            g.w_en.eq(self.g_w_en),
            g.w_address.eq(self.g_w_address),
            g.w_data.eq(self.g_w_data),
            g.r_en.eq(load.g_en),
            g.r_address.eq(load.address),
            self.word.eq(s3_word),
            self.load.eq(load.valid),
            self.load_last.eq(load.last),
        ]
        m.d.sync += [
            self.o_load.eq(load),
            s1_g.eq(load.g_en),
            s2_g.eq(s1_g),
            s2_value.eq(values.r_data),
            s2_g_word.eq(g.r_data),
            s3_word.eq(Mux(load.zero, 0, Mux(s2_g, s2_g_word, s2_value))),
        ]
        return m


class ColumnSums(wiring.Component):
    """Adds up the passes of a tile under one column, and keeps the finished sums of two tiles: 3 cycles, one per cycle.

    The sums of one pass come from the array; those of all passes so far lie in a memory. The same index may come again
    after 4 cycles.

    Parameters
    ----------
    geometry : Geometry
    partial_bits, sum_bits : int
        Signed widths of a pass and of the whole sum.

    Members
    -------
    partial : In(signed(partial_bits))
        In cycle z + 2; see `Geometry.read`.
    i_read, o_read, i_write, o_write : In, Out
        The control words, from the column before and, one cycle later, to the column behind.
    r_en, r_address : In
        Read port of the finished sums: bank and index.
    word : Out(signed(sum_bits))
        Two cycles later.
    """

    hazard = 4
    read_latency = 2

    def __init__(self, geometry: Geometry, partial_bits, sum_bits):
        self.geometry = geometry
        self.sum_bits = sum_bits
        self.key = (geometry, partial_bits, sum_bits)
        super().__init__(
            {
                "partial": In(Shape(partial_bits, True)),
                "i_read": In(geometry.read),
                "o_read": Out(geometry.read),
                "i_write": In(geometry.write),
                "o_write": Out(geometry.write),
                "r_en": In(1),
                "r_address": In(geometry.index_bits + 1),
                "word": Out(Shape(sum_bits, True)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        word = Shape(self.sum_bits, True)
        read, write = self.i_read, self.i_write
        s2_word = Signal(word, reset_less=True, name="s2_word")
        m.d.comb += self.word.eq(s2_word)
        m.d.sync += [self.o_read.eq(read), self.o_write.eq(write)]
        total = pass_sums(
            m, platform, read=read, write=write, partial=self.partial, bits=self.sum_bits, depth=self.geometry.sum_depth
        )
        results = place(m, platform, "results", Ram(word, 2 << self.geometry.index_bits, "results"))
        m.d.sync += s2_word.eq(results.r_data)
        m.d.comb += [
            results.w_en.eq(write.result_en),
            results.w_address[: self.geometry.index_bits].eq(write.index),
            results.w_address[-1].eq(write.bank),
            results.w_data.eq(total),
            results.r_en.eq(self.r_en),
            results.r_address.eq(self.r_address),
        ]
        return m
