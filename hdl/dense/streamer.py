"""Streams the rows of a block through the array, tile after tile."""

from amaranth.hdl import Const, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.dense.config import HAZARD, Config
from attnforge.hdl.dense.control import Control
from attnforge.hdl.dense.geometry import Geometry
from attnforge.hdl.parts.arithmetic.exponential import Exponential
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.memory.ram import Table
from attnforge.hdl.parts.stream.delay import delayed

__all__ = ["Streamer"]


class Streamer(wiring.Component):
    """Feeds the rows of a block, one per cycle, tile after tile without a gap.

    A tile starts in the cycle in which it is taken: when the one before has streamed, and not less than ``HAZARD``
    cycles after its start. Its first row is fed in the cycle after.

    Parameters
    ----------
    config : Config

    Members
    -------
    i : In(stream.Signature(Control.tile))
        Loaded tiles.
    maximum_en, maximum_bank, maximum_index, maximum : Out, In
        Read port of the rows' maxima, latency 1.
    feed, row : Out
        To the array; see `Control`.
    block_bank, block_products : Out, In
        Useful products of the head's block whose scores are in a bank, in the same cycle.
    macs_slot, macs : In, Out
        Useful products so far of the job in a slot.
    """

    def __init__(self, config: Config):
        self.config = config
        self.geometry = g = Geometry(config)
        self.control = control = Control(config)
        self.key = (config,)
        super().__init__(
            {
                "i": In(stream.Signature(control.tile)),
                "maximum_en": Out(1),
                "maximum_bank": Out(1),
                "maximum_index": Out(g.index_bits),
                "maximum": In(config.score.shape),
                "feed": Out(control.feed),
                "row": Out(control.row),
                "block_bank": Out(1),
                "block_products": In(control.block_product_bits),
                "macs_slot": In(g.slot_bits),
                "macs": Out(g.macs_bits),
            }
        )

    def elaborate(self, platform):
        m = Module()
        g = self.geometry
        offered = self.i.payload
        tile = Signal(offered.shape(), reset_less=True, name="tile")
        start, idle = Signal(name="start"), Signal(init=1, name="idle")
        left = Signal(g.rows_bits, name="left")
        busy = Signal(range(max(self.config.most_rows, HAZARD) + 1), reset_less=True, name="busy")
        emit, last, opens = Signal(name="emit"), Signal(name="last"), Signal(reset_less=True, name="opens")
        address = Signal(len(tile.feed), reset_less=True, name="address")
        stride = Signal(range(max(g.key_tiles, g.query_tiles, g.depth_tiles) + 1), reset_less=True, name="stride")
        index = Signal(g.index_bits, reset_less=True, name="index")
        is_value, s_en = Signal(reset_less=True, name="is_value"), Signal(name="s_en")
        m.d.comb += [self.i.ready.eq(idle), start.eq(self.i.valid & idle), last.eq(emit & (left == 1))]
        with m.If(last):
            m.d.sync += [emit.eq(0), s_en.eq(0)]
        with m.If(~idle):
            m.d.sync += [busy.eq(busy - 1), idle.eq(busy == 1)]
        with m.If(emit):
            m.d.sync += [left.eq(left - 1), opens.eq(0), index.eq(index + 1), address.eq(address + stride)]
        with m.If(start):
            offered_value = ~offered.score & ~offered.linear
            m.d.sync += [
                tile.eq(offered),
                emit.eq(1),
                s_en.eq(offered_value),
                is_value.eq(offered_value),
                opens.eq(1),
                left.eq(offered.rows),
                busy.eq(Mux(offered.rows < HAZARD, HAZARD, offered.rows) - 1),
                idle.eq(0),
                index.eq(0),
                address.eq(offered.feed),
                stride.eq(Mux(offered.score, g.query_tiles, Mux(offered.linear, g.depth_tiles, g.key_tiles))),
            ]

        def late(value, cycles, name, *, reset_less=True):
            return delayed(m, value, cycles, name, reset_less=reset_less)

        behind = Exponential.latency
        is_query = ~is_value
        closes = last & tile.final & tile.closing & is_query
        m.d.comb += [
            self.maximum_en.eq(s_en),
            self.maximum_bank.eq(tile.score_bank),
            self.maximum_index.eq(index),
            self.feed.s_en.eq(s_en),
            self.feed.s_address.eq(address),
            self.feed.maximum.eq(late(self.maximum, 1, "maximum").as_signed()),
            self.feed.q_en.eq(late(emit & is_query, behind, "q_en", reset_less=False)),
            self.feed.q_address.eq(late(address[: len(self.feed.q_address)], behind, "q_address")),
            self.feed.q_closes.eq(late(closes, behind, "q_closes", reset_less=False)),
            self.feed.unused.eq(late(tile.unused, behind + 1, "unused")),
            self.feed.is_query.eq(late(is_query, behind + 2, "is_query")),
            self.feed.swap.eq(late(emit & opens, behind + 3, "swap", reset_less=False)),
            self.row.valid.eq(emit),
            self.row.opens.eq(opens),
            self.row.closes.eq(last),
            *(self.row[name].eq(tile[name]) for name in self.row.shape().members if name in tile.shape().members),
        ]
        self._products(m, platform, tile, emit, emit & opens)
        return m

    def _products(self, m, platform, tile, emit, opens):
        """Adds the products of a row of X, or of a head's block with its first row of exponentials, to its job's."""
        table = place(m, platform, "products", Table(self.geometry.macs_bits, self.config.job_slots, readers=2))
        s1_emit, s1_fresh = Signal(name="s1_emit"), Signal(reset_less=True, name="s1_fresh")
        s1_macs = Signal(max(len(tile.macs), len(self.block_products)), reset_less=True, name="s1_macs")
        of_block = opens & ~tile.score & tile.first & tile.opening
        s1_slot = Signal(len(tile.slot), reset_less=True, name="s1_slot")
        m.d.sync += [
            s1_emit.eq(emit),
            s1_fresh.eq(opens & tile.fresh),
            s1_macs.eq(Mux(tile.linear, tile.macs, Mux(of_block, self.block_products, 0))),
            s1_slot.eq(tile.slot),
        ]
        m.d.comb += [
            self.block_bank.eq(tile.score_bank),
            table.r_address0.eq(s1_slot),
            table.w_address.eq(s1_slot),
            table.w_en.eq(s1_emit),
            table.w_data.eq(Mux(s1_fresh, Const(0), table.r_data0) + s1_macs),
            table.r_address1.eq(self.macs_slot),
            self.macs.eq(table.r_data1),
        ]
