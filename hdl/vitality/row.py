"""One row's edge of the array: its lanes of K and Q, and its adder of the centring (the paper's adder array)."""

from amaranth.hdl import Module, Mux, Shape, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.parts.array.corner import CornerLane
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.memory.ram import Ram, address_bits
from attnforge.hdl.vitality.config import Config
from attnforge.hdl.vitality.geometry import Geometry

__all__ = ["RowFeeder"]


class RowFeeder(wiring.Component):
    """Feeds one row with Khat (a feature of one token per cycle) or Q: ``latency`` cycles, one operand per cycle.

    Khat = K - kbar is step 1 of the paper; it is exact, with the mean's fraction bits. A row that the tile does not
    fill is fed zeros: its lane may hold nothing yet.

    Parameters
    ----------
    config : Config

    Members
    -------
    k_en, k_address, k_data : In
        A group of E features of one token.
    q_en, q_address, q_data : In
        One feature.
    i_feed, o_feed : In, Out
        The control word, from the row above and, one cycle later, to the row below; see `Geometry.feed`.
    moving, swap : Out
        To the first column.
    """

    latency = 4

    def __init__(self, config: Config):
        self.config = config
        self.geometry = g = Geometry(config)
        self.key = (config,)
        super().__init__(
            {
                "k_en": In(1),
                "k_address": In(address_bits(2 * g.key_depth)),
                "k_data": In(data.ArrayLayout(config.operand.shape, config.elements)),
                "q_en": In(1),
                "q_address": In(address_bits(2 * g.query_depth)),
                "q_data": In(config.operand.shape),
                "i_feed": In(g.feed),
                "o_feed": Out(g.feed),
                "moving": Out(config.moving.shape),
                "swap": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        feed = self.i_feed
        keys = place(
            m, platform, "keys", CornerLane(self.config.bits, self.config.elements, 2 * self.geometry.key_depth)
        )
        queries = place(
            m, platform, "queries", Ram(self.config.operand.shape, 2 * self.geometry.query_depth, "queries")
        )
        s1_key, s2_key = Signal(reset_less=True, name="s1_key"), Signal(reset_less=True, name="s2_key")
        s2_query = Signal(self.config.operand.shape, reset_less=True, name="s2_query")
        s3_operand = Signal(self.config.moving.shape, reset_less=True, name="s3_operand")
        s3_unused = Signal(reset_less=True, name="s3_unused")
        s4_moving = Signal(self.config.moving.shape, reset_less=True, name="s4_moving")
        fraction = self.config.mean_fraction_bits
        shifted = Signal(Shape(self.config.bits + fraction, True), name="shifted")
        m.d.comb += [
            keys.w_en.eq(self.k_en),
            keys.w_address.eq(self.k_address),
            keys.w_data.eq(self.k_data),
            keys.r_en.eq(feed.key_en),
            keys.r_address.eq(feed.address),
            keys.element.eq(feed.element),
            queries.w_en.eq(self.q_en),
            queries.w_address.eq(self.q_address),
            queries.w_data.eq(self.q_data),
            queries.r_en.eq(feed.query_en),
            queries.r_address.eq(feed.address),
            shifted.eq(keys.o << fraction),
            self.moving.eq(s4_moving),
            self.swap.eq(feed.swap),
        ]
        m.d.sync += [
            self.o_feed.eq(feed),
            self.o_feed.unused.eq(Mux(feed.unused == 0, 0, feed.unused - 1)),
            s3_unused.eq(feed.unused != 0),
            s1_key.eq(feed.key_en),
            s2_key.eq(s1_key),
            s2_query.eq(queries.r_data),
            s3_operand.eq(Mux(s2_key, shifted, s2_query)),
            s4_moving.eq(Mux(s3_unused, 0, s3_operand - feed.mean)),
        ]
        return m
