"""Chooses the next tile, and feeds it to the array."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hdl.parts.select import select

from .config import Config
from .engine import load_delay
from .geometry import Geometry
from .types import digit_tags, is_fused

__all__ = ["Sequencer"]


class Sequencer(wiring.Component):
    """Runs the tiles of every block of rows, column tile by column tile, one product of all elements per cycle.

    A block is begun when it is complete, its sums have a bank, and the tile before is fed: the first address goes out
    in the cycle after. Tiles follow each other without a gap, but they end at least ``2 rows - 1`` cycles apart.
    An abort passes through in its order, and takes a cycle.

    Parameters
    ----------
    config : Config

    Members
    -------
    block : In(stream.Signature(Geometry.block))
    sums : Out(stream.Signature(Geometry.sums))
        A block that was begun, or an abort.
    a_bank, a_next, w_bank, w_next, s_space, s_bank, s_commit : In, Out
        Bookkeeping of the double buffers of A, W and the sums.
    feed, load, tile : Out
        See `Geometry`.
    """

    def __init__(self, config: Config):
        self.config = config
        self.geometry = g = Geometry(config)
        self.key = (config,)
        super().__init__(
            {
                "block": In(stream.Signature(g.block)),
                "sums": Out(stream.Signature(g.sums)),
                "a_bank": In(1),
                "a_next": Out(1),
                "w_bank": In(1),
                "w_next": Out(1),
                "s_space": In(1),
                "s_bank": In(range(config.sum_banks)),
                "s_commit": Out(1),
                "feed": Out(g.feed),
                "load": Out(g.load),
                "tile": Out(g.tile),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, g = self.config, self.geometry
        head = self.block.payload
        block = Signal(g.block, reset_less=True, name="current")
        a_fused = is_fused(m, "a_fused", block.a_type, config.activations)
        w_fused = is_fused(m, "w_fused", block.w_type, config.weights)
        a_tag, a_high = digit_tags(m, "a", block.a_type, config.activations, config.row_digits)
        w_tag, w_high = digit_tags(m, "w", block.w_type, config.weights, config.column_digits)
        head_rows_fused = is_fused(m, "head_rows_fused", head.a_type, config.activations)
        head_fused = is_fused(m, "head_fused", head.w_type, config.weights)

        emit, more = Signal(), Signal()  # a product is fed; the block has tiles that are not yet begun
        feeds = Signal(len(block.k), reset_less=True)
        last_feed, may_begin = Signal(), Signal()
        settle = Signal(range(2 * config.rows))  # a tile begun now has to have so many products
        next_k = Mux(more, block.k, head.k)
        begin_block, begin_tile, begin, abort = (
            Signal(name=n) for n in ("begin_block", "begin_tile", "begin", "abort")
        )
        m.d.comb += [
            last_feed.eq(emit & (feeds == 1)),
            may_begin.eq((~emit | last_feed) & (next_k >= settle)),
            begin_tile.eq(may_begin & more),
            begin_block.eq(
                may_begin & ~more & self.block.valid & ~head.abort & self.s_space & self.sums.ready
            ),
            begin.eq(begin_tile | begin_block),
            abort.eq((~emit | last_feed) & ~more & self.block.valid & head.abort & self.sums.ready),
            self.block.ready.eq(begin_block | abort),
            self.sums.valid.eq(begin_block | abort),
            self.a_next.eq(begin_block),
            self.w_next.eq((begin_block | abort) & head.first & head.weights),
            self.s_commit.eq(begin_block),
        ]
        record = self.sums.payload
        m.d.comb += [
            record.abort.eq(head.abort),
            record.final.eq(head.final),
            record.fuse_columns.eq(head_fused),
            record.rows.eq(Mux(head_rows_fused, head.rows >> 1, head.rows)),
            record.n.eq(head.n),
            record.o_type.eq(head.o_type),
            record.slot.eq(head.slot),
            record.parameters.eq(head.parameters),
            record.macs.eq(head.macs),
        ]

        # Where the tile at hand is -----------------------------------------------------------------------------------
        a_base = Signal(len(self.feed.address), reset_less=True)
        a_address = Signal.like(a_base, name="a_address")
        w_base = Signal(len(self.load.address), reset_less=True)
        w_tile = Signal.like(w_base, name="w_tile")
        w_address = Signal.like(w_base, name="w_address")
        sum_address = Signal(len(self.tile.address), reset_less=True)
        element = Signal(len(self.feed.element), reset_less=True)
        columns_left = Signal(len(block.n) + 1, reset_less=True)
        first, closing = Signal(reset_less=True), Signal(reset_less=True)
        weights_end = Signal()  # of an abort
        element_step = Mux(a_fused, 2, 1)
        w_start, a_start = Signal.like(w_base, name="w_start"), Signal.like(a_base, name="a_start")
        columns = Signal.like(columns_left, name="columns")
        m.d.comb += [
            a_start.eq(Mux(begin_block, Mux(self.a_bank, g.row_words, 0), a_base)),
            w_start.eq(
                Mux(begin_block, Mux(head.first, Mux(self.w_bank, g.weight_depth, 0), w_base), w_tile + 1)
            ),
            columns.eq(Mux(begin_block, Mux(head_fused, head.n << 1, head.n), columns_left - config.columns)),
        ]
        with m.If(settle != 0):
            m.d.sync += settle.eq(settle - 1)
        with m.If((emit & (feeds == 2)) | (begin & (next_k == 1))):
            m.d.sync += settle.eq(2 * config.rows - 1)
        with m.If(emit):
            m.d.sync += [
                feeds.eq(feeds - 1),
                first.eq(0),
                element.eq(element + element_step),
                a_address.eq(a_address + (element >= config.nibbles - element_step)),
                w_address.eq(w_address + g.weight_tiles),
            ]
        with m.If(last_feed):
            m.d.sync += emit.eq(0)
        with m.If(begin):
            m.d.sync += [
                emit.eq(1),
                feeds.eq(next_k),
                first.eq(1),
                element.eq(0),
                a_address.eq(a_start),
                w_address.eq(w_start),
                w_tile.eq(w_start),
                columns_left.eq(columns),
                more.eq(columns > config.columns),
                closing.eq(columns <= config.columns),
            ]
        with m.If(begin_block):
            m.d.sync += [
                block.eq(head),
                a_base.eq(a_start),
                sum_address.eq(select(self.s_bank, [bank * g.sum_depth for bank in range(config.sum_banks)])),
            ]
            with m.If(head.first):
                m.d.sync += w_base.eq(w_start)
        with m.Elif(begin_tile):
            m.d.sync += sum_address.eq(sum_address + config.rows)
        m.d.sync += weights_end.eq(abort & head.weights)

        # The control words; their fields go out when their stage needs them, see `Geometry`.
        def late(value, cycles, name, *, reset_less=True):
            for number in range(cycles):
                register = Signal(len(value), name=f"{name}_d{number + 1}", reset_less=reset_less)
                m.d.sync += register.eq(value)
                value = register
            return value

        behind = load_delay()
        m.d.comb += [
            self.feed.address.eq(a_address),
            self.feed.en.eq(emit & (element == 0)),
            self.feed.closes.eq(last_feed & closing),
            self.feed.element.eq(late(element, 2, "element")),
            self.feed.fused.eq(late(a_fused, 2, "a_fused")),
            Cat(self.feed.tag, self.feed.high_tag).eq(late(Cat(a_tag, a_high), 3, "a_tags")),
            self.feed.first.eq(late(emit & first, 4, "first", reset_less=False)),
            self.feed.last.eq(late(last_feed, 4, "last", reset_less=False)),
            self.load.address.eq(late(w_address, behind, "w_address")),
            self.load.en.eq(late(emit, behind, "w_en", reset_less=False)),
            self.load.closes.eq(
                late((last_feed & closing & block.final) | weights_end, behind, "w_closes", reset_less=False)
            ),
            Cat(self.load.tag, self.load.high_tag).eq(late(Cat(w_tag, w_high), behind + 2, "w_tags")),
            self.tile.valid.eq(last_feed),
            self.tile.address.eq(sum_address),
            self.tile.rows.eq(block.rows),
            self.tile.fuse_rows.eq(a_fused),
            self.tile.fuse_columns.eq(w_fused),
            self.tile.closes.eq(closing),
        ]
        return m
