"""One row's edge of the array: its lanes of Q or X and of the scores, and its exponential."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.dense.config import Config
from attnforge.hdl.dense.control import Control
from attnforge.hdl.dense.geometry import Geometry
from attnforge.hdl.parts.arithmetic.exponential import Exponential
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.memory.ram import Ram, address_bits

__all__ = ["RowFeeder"]


class RowFeeder(wiring.Component):
    """Feeds one row with elements of Q or X, or with exponentials of scores: ``latency`` cycles, one per cycle.

    A row that the tile does not fill is fed zeros: its lane may hold nothing yet.

    Parameters
    ----------
    config : Config

    Members
    -------
    q_en, q_address, q_data : In
        An element of Q or X.
    s_en, s_address, s_data : In
        A score, from the column of the same lane.
    i_feed, o_feed : In, Out
        The control word, from the row above and, one cycle later, to the row below; see `Control.feed`.
    exponential : Out
        A cycle before it is ``moving``.
    moving, swap : Out
        To the first column.
    """

    latency = Exponential.latency + 3

    def __init__(self, config: Config):
        self.config = config
        self.geometry = g = Geometry(config)
        control = Control(config)
        self.key = (config,)
        super().__init__(
            {
                "q_en": In(1),
                "q_address": In(address_bits(2 * g.query_depth)),
                "q_data": In(config.operand.shape),
                "s_en": In(1),
                "s_address": In(address_bits(2 * g.score_depth)),
                "s_data": In(config.score.shape),
                "i_feed": In(control.feed),
                "o_feed": Out(control.feed),
                "exponential": Out(config.probability_bits),
                "moving": Out(config.moving.shape),
                "swap": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, feed = self.config, self.i_feed
        queries = place(m, platform, "queries", Ram(config.operand.shape, 2 * self.geometry.query_depth, "queries"))
        scores = place(m, platform, "scores", Ram(config.score.shape, 2 * self.geometry.score_depth, "scores"))
        exponential = place(
            m,
            platform,
            "exponential",
            Exponential(config.score, config.score_fraction_bits, config.probability_bits),
        )
        s2_score = Signal(config.score.shape, reset_less=True, name="s2_score")
        query = Signal(config.operand.shape, reset_less=True, name="query")
        unused = Signal(reset_less=True, name="unused")
        moving = Signal(config.moving.shape, reset_less=True, name="moving")
        m.d.comb += [
            queries.w_en.eq(self.q_en),
            queries.w_address.eq(self.q_address),
            queries.w_data.eq(self.q_data),
            queries.r_en.eq(feed.q_en),
            queries.r_address.eq(feed.q_address),
            scores.w_en.eq(self.s_en),
            scores.w_address.eq(self.s_address),
            scores.w_data.eq(self.s_data),
            scores.r_en.eq(feed.s_en),
            scores.r_address.eq(feed.s_address),
            exponential.score.eq(s2_score),
            exponential.maximum.eq(feed.maximum),
            self.exponential.eq(exponential.o),
            self.moving.eq(moving),
            self.swap.eq(feed.swap),
        ]
        m.d.sync += [
            self.o_feed.eq(feed),
            self.o_feed.unused.eq(Mux(feed.unused == 0, 0, feed.unused - 1)),
            unused.eq(feed.unused != 0),
            s2_score.eq(scores.r_data),
            query.eq(queries.r_data),
            moving.eq(Mux(unused, 0, Mux(feed.is_query, query, exponential.o))),
        ]
        return m
