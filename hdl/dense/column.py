"""One column's edges of the array: its lanes of K and of V or W above, its sums below."""

from amaranth.hdl import Module, Mux, Shape, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.dense.config import Config
from attnforge.hdl.dense.control import Control
from attnforge.hdl.dense.geometry import Geometry
from attnforge.hdl.parts.array.corner import CornerLane
from attnforge.hdl.parts.array.pass_sums import pass_sums
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.memory.ram import Ram, address_bits

__all__ = ["ColumnFeeder", "ColumnSums"]


class ColumnFeeder(wiring.Component):
    """Loads one column with a tile of K^T, of V or of W: ``latency`` cycles from address to word, one word per cycle.

    Parameters
    ----------
    config : Config

    Members
    -------
    k_en, k_address, k_data : In
        A beat of K, of this column's tokens.
    v_en, v_address, v_data : In
        An element of V or W.
    i_load, o_load : In, Out
        The control word, from the column before and, one cycle later, to the column behind; see `Control.load`.
    word, load, load_last : Out
        To the top of the column.
    """

    latency = 4

    def __init__(self, config: Config):
        self.config = config
        self.geometry = g = Geometry(config)
        control = Control(config)
        self.key = (config,)
        super().__init__(
            {
                "k_en": In(1),
                "k_address": In(address_bits(2 * g.key_depth)),
                "k_data": In(data.ArrayLayout(config.operand.shape, config.elements)),
                "v_en": In(1),
                "v_address": In(address_bits(2 * g.value_depth)),
                "v_data": In(config.operand.shape),
                "i_load": In(control.load),
                "o_load": Out(control.load),
                "word": Out(config.operand.shape),
                "load": Out(1),
                "load_last": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, g, load = self.config, self.geometry, self.i_load
        keys = place(m, platform, "keys", CornerLane(config.bits, config.elements, 2 * g.key_depth))
        values = place(m, platform, "values", Ram(config.operand.shape, 2 * g.value_depth, "values"))
        s2_value, s3_value, s3_key, s4_word = (
            Signal(config.operand.shape, reset_less=True, name=name)
            for name in ("s2_value", "s3_value", "s3_key", "s4_word")
        )
        m.d.comb += [
            keys.w_en.eq(self.k_en),
            keys.w_address.eq(self.k_address),
            keys.w_data.eq(self.k_data),
            keys.r_en.eq(load.k_en),
            keys.r_address.eq(load.address),
            keys.element.eq(load.element),
            values.w_en.eq(self.v_en),
            values.w_address.eq(self.v_address),
            values.w_data.eq(self.v_data),
            values.r_en.eq(load.v_en),
            values.r_address.eq(load.address),
            self.word.eq(s4_word),
            self.load.eq(load.valid),
            self.load_last.eq(load.last),
        ]
        m.d.sync += [
            self.o_load.eq(load),
            s2_value.eq(values.r_data),
            s3_value.eq(s2_value),
            s3_key.eq(keys.o),
            s4_word.eq(Mux(load.zero, 0, Mux(load.is_key, s3_key, s3_value))),
        ]
        return m


class ColumnSums(wiring.Component):
    """Adds up the passes of a tile under one column, and keeps the finished sums: 3 cycles, one per cycle.

    The sums of one pass come from the array; those of all passes so far lie in a memory. The same index may come again
    after ``HAZARD`` cycles. Finished sums are results, or scores on their way to be scaled.

    Parameters
    ----------
    config : Config

    Members
    -------
    partial : In(signed(config.partial_bits))
        In cycle z + 2; see `Control.read`.
    i_read, o_read, i_write, o_write : In, Out
        The control words, from the column before and, one cycle later, to the column behind.
    sum : Out(signed(config.sum_bits))
        In cycle z + 3.
    r_en, r_address : In
        Read port of the results.
    word : Out(signed(config.sum_bits))
        Two cycles later.
    """

    read_latency = 2

    def __init__(self, config: Config):
        self.config = config
        self.geometry = g = Geometry(config)
        control = Control(config)
        self.key = (config,)
        super().__init__(
            {
                "partial": In(Shape(config.partial_bits, True)),
                "i_read": In(control.read),
                "o_read": Out(control.read),
                "i_write": In(control.write),
                "o_write": Out(control.write),
                "sum": Out(Shape(config.sum_bits, True)),
                "r_en": In(1),
                "r_address": In(address_bits(2 * g.result_depth)),
                "word": Out(Shape(config.sum_bits, True)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        word = Shape(self.config.sum_bits, True)
        read, write = self.i_read, self.i_write
        s2_word = Signal(word, reset_less=True, name="s2_word")
        m.d.comb += self.word.eq(s2_word)
        m.d.sync += [self.o_read.eq(read), self.o_write.eq(write)]
        total = pass_sums(
            m,
            platform,
            read=read,
            write=write,
            partial=self.partial,
            bits=self.config.sum_bits,
            depth=self.config.most_rows,
        )
        results = place(m, platform, "results", Ram(word, 2 * self.geometry.result_depth, "results"))
        m.d.sync += s2_word.eq(results.r_data)
        m.d.comb += [
            results.w_en.eq(write.result_en),
            results.w_address.eq(write.result_address),
            results.w_data.eq(total),
            results.r_en.eq(self.r_en),
            results.r_address.eq(self.r_address),
            self.sum.eq(total),
        ]
        return m
