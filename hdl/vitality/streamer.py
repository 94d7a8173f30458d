"""Streams the moving operands of one tile after the other through the array."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.memory.ram import Table
from attnforge.hdl.parts.stream.delay import delayed
from attnforge.hdl.vitality.column import ColumnSums
from attnforge.hdl.vitality.config import Config
from attnforge.hdl.vitality.geometry import Geometry
from attnforge.hdl.vitality.tiles import TileKind, entry_layout, tile_layout

__all__ = ["Streamer"]


class Streamer(wiring.Component):
    """Feeds d features (G) or n tokens (outputs) per tile, one per cycle, tile after tile without a gap.

    A tile starts in the cycle in which it is taken: when the one before has streamed, and not less than
    ``ColumnSums.hazard`` cycles after its start. A tile in its final pass also waits for a free result bank. The feed
    reaches row 0 one cycle after the start.

    Parameters
    ----------
    config : Config

    Members
    -------
    i : In(stream.Signature(tile_layout))
        Loaded tiles.
    bank_free : In(1)
        The post-processor has read a result bank for the last time.
    mean_en, mean_address, mean : Out, Out, In
        Read port of kbar, latency 1.
    feed, tile : Out
        To the array.
    entry : Out(stream.Signature(entry_layout))
        To the post-processor, which takes every one at once.
    macs_slot, macs : In, Out
        Useful products of a job that has left the array.
    """

    def __init__(self, config: Config):
        self.config = config
        self.geometry = g = Geometry(config)
        self.key = (config,)
        super().__init__(
            {
                "i": In(stream.Signature(tile_layout(g))),
                "bank_free": In(1),
                "mean_en": Out(1),
                "mean_address": Out(g.feature_bits + g.slot_bits),
                "mean": In(config.key_mean.shape),
                "feed": Out(g.feed),
                "tile": Out(g.tile),
                "entry": Out(stream.Signature(entry_layout(g))),
                "macs_slot": In(g.slot_bits),
                "macs": Out(g.macs_bits),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, g = self.config, self.geometry
        offered = self.i.payload
        banks_used = Signal(range(3), name="banks_used")
        bank_left, idle = Signal(init=1, name="bank_left"), Signal(init=1, name="idle")
        take_bank, start = Signal(name="take_bank"), Signal(name="start")
        busy = Signal(len(offered.length), name="busy")
        m.d.comb += [
            self.i.ready.eq(idle & (~offered.final | bank_left)),
            start.eq(self.i.valid & self.i.ready),
            take_bank.eq(start & offered.final),
            self.entry.valid.eq(take_bank),
            self.entry.payload.kind.eq(offered.kind),
            self.entry.payload.slot.eq(offered.slot),
        ]
        with m.If(take_bank & ~self.bank_free):
            m.d.sync += [banks_used.eq(banks_used + 1), bank_left.eq(banks_used == 0)]
        with m.Elif(self.bank_free & ~take_bank):
            m.d.sync += [banks_used.eq(banks_used - 1), bank_left.eq(1)]

        tile = Signal(tile_layout(g), reset_less=True, name="tile")
        feeds = Signal(len(offered.length), name="feeds")
        fresh, bank = Signal(name="fresh"), Signal(init=1, name="bank")
        address = Signal(g.feed_bits, reset_less=True, name="address")
        element = Signal(range(max(2, config.elements)), reset_less=True, name="element")
        feature = Signal(g.feature_bits, reset_less=True, name="feature")
        emit, last = Signal(name="emit"), Signal(name="last")
        emit_key, emit_query = Signal(name="emit_key"), Signal(name="emit_query")
        m.d.comb += [emit.eq(emit_key | emit_query), last.eq(feeds == 1)]
        with m.If(last):
            m.d.sync += [emit_key.eq(0), emit_query.eq(0)]
        with m.If(~idle):
            m.d.sync += [busy.eq(busy - 1), idle.eq(busy == 1)]
        with m.If(emit):
            m.d.sync += [feeds.eq(feeds - 1), fresh.eq(0), feature.eq(feature + 1)]
            with m.If(emit_query):
                m.d.sync += address.eq(address + g.query_tiles)
            with m.Elif(element == config.elements - 1):
                m.d.sync += [element.eq(0), address.eq(address + 1)]
            with m.Else():
                m.d.sync += element.eq(element + 1)
        with m.If(start & (offered.kind != TileKind.DROP)):
            m.d.sync += [
                tile.eq(offered),
                feeds.eq(offered.length),
                emit_key.eq(offered.kind == TileKind.G),
                emit_query.eq(offered.kind != TileKind.G),
                busy.eq(offered.length - 1),
                idle.eq(0),
                fresh.eq(1),
                address.eq(offered.feed),
                element.eq(0),
                feature.eq(0),
                bank.eq(bank ^ offered.final),
            ]
            with m.If(offered.length < ColumnSums.hazard):
                m.d.sync += busy.eq(ColumnSums.hazard - 1)

        self._products(m, platform, start, offered, tile, emit, last)

        # The control words; their fields go out when their stage needs them, see `Geometry.feed`.
        elements = [Signal.like(element, name=f"s{number}_element", reset_less=True) for number in (1, 2)]
        unused = delayed(m, tile.unused, 2, "unused")
        s1_key, s2_key = Signal(name="s1_key"), Signal(name="s2_key")
        means = [Signal.like(self.mean, name=f"s{number}_mean", reset_less=True) for number in (2, 3)]
        swaps = [Signal(name=f"s{number}_swap") for number in (1, 2, 3, 4)]
        m.d.sync += [
            elements[0].eq(element),
            elements[1].eq(elements[0]),
            s1_key.eq(emit_key),
            s2_key.eq(s1_key),
            means[0].eq(self.mean),
            means[1].eq(Mux(s2_key, means[0], 0)),
            Cat(*swaps).eq(Cat(emit & fresh, *swaps[:-1])),
        ]
        m.d.comb += [
            self.mean_en.eq(emit_key),
            self.mean_address.eq(Cat(feature, tile.slot)),
            self.feed.address.eq(address),
            self.feed.key_en.eq(emit_key),
            self.feed.query_en.eq(emit_query),
            self.feed.element.eq(elements[-1]),
            self.feed.unused.eq(unused),
            self.feed.mean.eq(means[-1]),
            self.feed.swap.eq(swaps[-1]),
            self.tile.valid.eq(emit),
            self.tile.opens.eq(emit & fresh),
            self.tile.first.eq(tile.first),
            self.tile.final.eq(tile.final),
            self.tile.bank.eq(bank),
            self.tile.closes_key.eq(last & tile.closing & emit_key),
            self.tile.closes_query.eq(last & tile.closing & emit_query),
        ]
        return m

    def _products(self, m, platform, start, offered, tile, emit, last):
        """Counts useful products: those of the key phase wait in a table for the query phase of their job."""
        table = place(m, platform, "products", Table(self.geometry.macs_bits, self.config.job_slots, readers=2))
        total, total_now = (
            Signal(self.geometry.macs_bits, reset_less=True, name="total"),
            Signal(self.geometry.macs_bits, name="total_now"),
        )
        m.d.comb += [
            total_now.eq(total + tile.macs),
            table.w_en.eq(emit & last & tile.closing),
            table.w_address.eq(tile.slot),
            table.w_data.eq(total_now),
            table.r_address0.eq(offered.slot),
            table.r_address1.eq(self.macs_slot),
            self.macs.eq(table.r_data1),
        ]
        with m.If(emit):
            m.d.sync += total.eq(total_now)
        with m.If(start & offered.opening):
            m.d.sync += total.eq(Mux(offered.kind == TileKind.G, 0, table.r_data0))
