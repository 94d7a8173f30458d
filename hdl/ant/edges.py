"""The edges of the array: a lane of A for every row, a lane of W for every column, each with its decoder."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.ant.config import CODE_BITS, Config
from attnforge.hdl.ant.geometry import Geometry
from attnforge.hdl.ant.operand import EdgeDecoder
from attnforge.hdl.ant.shape import PeShape
from attnforge.hdl.parts.array.corner import CornerLane
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.memory.ram import address_bits
from attnforge.hdl.parts.memory.registered_ram import DeepRam

__all__ = ["ColumnLane", "RowLane"]


class RowLane(wiring.Component):
    """A row of A in each of two banks, and its decoder: ``latency`` cycles from address to operand, one per cycle.

    A word is a whole beat: a beat belongs to one row, and its codes leave one by one. A row of 8-bit integers lies in
    two lanes, and each takes its own half of every byte.

    Parameters
    ----------
    config : Config

    Members
    -------
    high : In(1)
        Constant: this lane takes the high digit of an 8-bit integer.
    w_en, w_address, w_data : In
    i_feed, o_feed : In, Out
        The control word, from the row above and, a cycle later, to the row below; see `Geometry.feed`.
    a, first, last : Out
        To the first column.
    """

    latency = CornerLane.latency + 1 + EdgeDecoder.latency

    def __init__(self, config: Config):
        self.config = config
        self.geometry = g = Geometry(config)
        self.key = (config,)
        super().__init__(
            {
                "high": In(1),
                "w_en": In(1),
                "w_address": In(address_bits(2 * g.row_words)),
                "w_data": In(data.ArrayLayout(CODE_BITS, config.nibbles)),
                "i_feed": In(g.feed),
                "o_feed": Out(g.feed),
                "a": Out(PeShape.of(config).a.layout),
                "first": Out(1),
                "last": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        feed = self.i_feed
        lane = place(m, platform, "lane", CornerLane(CODE_BITS, self.config.nibbles, 2 * self.geometry.row_words))
        decoder = place(m, platform, "decoder", EdgeDecoder(PeShape.of(self.config).a))
        s3_code = Signal(CODE_BITS, reset_less=True, name="s3_code")
        m.d.sync += [self.o_feed.eq(feed), s3_code.eq(lane.o)]
        m.d.comb += [
            lane.w_en.eq(self.w_en),
            lane.w_address.eq(self.w_address),
            lane.w_data.eq(self.w_data.as_value()),
            lane.r_en.eq(feed.en),
            lane.r_address.eq(feed.address),
            lane.element.eq(Cat(feed.element[0] | (feed.fused & self.high), feed.element[1:])),
            decoder.code.eq(s3_code),
            decoder.tag.eq(Mux(self.high, feed.high_tag, feed.tag)),
            self.a.eq(decoder.o),
            self.first.eq(feed.first),
            self.last.eq(feed.last),
        ]
        return m


class ColumnLane(wiring.Component):
    """A column of W in each of two banks, and its decoder: ``latency`` cycles from address to operand, one per cycle.

    Parameters
    ----------
    config : Config

    Members
    -------
    high : In(1)
        Constant: this lane has the high digit of an 8-bit integer.
    w_en, w_address, w_data : In
    load : In
        See `Geometry.load`.
    w : Out
        To the top row.
    """

    latency = DeepRam.latency + EdgeDecoder.latency

    def __init__(self, config: Config):
        self.config = config
        self.geometry = g = Geometry(config)
        self.key = (config,)
        super().__init__(
            {
                "high": In(1),
                "w_en": In(1),
                "w_address": In(address_bits(2 * g.weight_depth)),
                "w_data": In(CODE_BITS),
                "load": In(g.load),
                "w": Out(PeShape.of(config).w.layout),
            }
        )

    def elaborate(self, platform):
        m = Module()
        load = self.load
        ram = place(m, platform, "weights", DeepRam(CODE_BITS, 2 * self.geometry.weight_depth, "weights"))
        decoder = place(m, platform, "decoder", EdgeDecoder(PeShape.of(self.config).w))
        m.d.comb += [
            ram.w_en.eq(self.w_en),
            ram.w_address.eq(self.w_address),
            ram.w_data.eq(self.w_data),
            ram.r_en.eq(load.en),
            ram.r_address.eq(load.address),
            decoder.code.eq(ram.r_data),
            decoder.tag.eq(Mux(self.high, load.high_tag, load.tag)),
            self.w.eq(decoder.o),
        ]
        return m
