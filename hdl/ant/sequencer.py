"""Chooses the next tile, and feeds it to the array."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.ant.config import Config
from attnforge.hdl.ant.engine import load_delay
from attnforge.hdl.ant.geometry import Geometry
from attnforge.hdl.ant.types import digit_tags
from attnforge.hdl.parts.arithmetic.select import select
from attnforge.hdl.parts.memory.registered_ram import DeepRam
from attnforge.hdl.parts.stream.beat import StreamBuffer, StreamQueue
from attnforge.hdl.parts.stream.delay import delayed

__all__ = ["ADDRESS_DELAY", "Sequencer", "begin_delay"]

ADDRESS_DELAY = 1
"""Cycles from a product's turn to its addresses, which leaves the choice of the next tile a cycle of its own."""


def begin_delay() -> int:
    """Cycles from the loader's word of a block to its begin, when nothing else makes it wait."""
    return StreamBuffer.latency + StreamQueue.latency + 1


class Sequencer(wiring.Component):
    """Runs the tiles of every block of rows, column tile by column tile, one product of all elements per cycle.

    A block is begun when it has been here for a cycle, its sums have a bank, and the tile before is fed: its first
    product's turn is the cycle after, and the addresses go out `ADDRESS_DELAY` cycles behind. Tiles follow each other
    without a gap, but they end at least ``2 rows - 1`` cycles apart. An abort passes through in its order, and takes a
    cycle.

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
        spacing = 2 * config.rows - 1  # of the ends of tiles
        block = Signal(g.block, reset_less=True, name="current")
        coming = Signal(g.block, reset_less=True, name="coming")  # the next block
        a_tag, a_high = digit_tags(m, "a", block.a_type, config.activations, config.row_digits)
        w_tag, w_high = digit_tags(m, "w", block.w_type, config.weights, config.column_digits)

        # What may begin: a tile of the current block if it has more, or else the next block -------------------------
        # A product is fed; the block has tiles that are not yet begun
        emit = Signal(name="emit")
        more = Signal(name="more")
        feeds = Signal(len(block.k), reset_less=True, name="feeds")
        last_feed = Signal(name="last_feed")
        settle = Signal(range(spacing + 1), name="settle")  # a tile begun now has to have so many products
        # Of the next tile, and of `coming`
        tile_settled = Signal(name="tile_settled")
        block_settled = Signal(name="block_settled")
        aborts = Signal(name="aborts")
        filled = Signal(name="filled")
        begin_block, begin_tile, begin, abort, used, load = (
            Signal(name=n) for n in ("begin_block", "begin_tile", "begin", "abort", "used", "load")
        )
        can_begin, next_single = Signal(name="can_begin"), Signal(name="next_single")
        columns_left = Signal(len(block.columns), reset_less=True, name="columns_left")
        first, closing = Signal(reset_less=True, name="first"), Signal(reset_less=True, name="closing")
        following = Signal(name="has_more")
        weights_end = Signal(name="weights_end")  # of an abort
        m.d.comb += [
            can_begin.eq(~emit | last_feed),
            begin_tile.eq(can_begin & more & tile_settled),
            begin_block.eq(can_begin & ~more & block_settled & self.s_space & self.sums.ready),
            begin.eq(begin_tile | begin_block),
            abort.eq(can_begin & ~more & aborts & self.sums.ready),
            used.eq(begin_block | abort),
            load.eq(self.block.valid & (~filled | used)),
            self.block.ready.eq(~filled | used),
            self.sums.valid.eq(used),
            self.a_next.eq(begin_block),
            self.w_next.eq(used & coming.first & coming.weights),
            self.s_commit.eq(begin_block),
            next_single.eq(Mux(more, block.single, coming.single)),
        ]
        with m.If(load):
            m.d.sync += coming.eq(self.block.payload)
        m.d.sync += filled.eq(self.block.valid | (filled & ~used))
        ends_next = (emit & (feeds == 2)) | (begin & next_single)
        with m.If(settle != 0):
            m.d.sync += settle.eq(settle - 1)
        with m.If(ends_next):
            m.d.sync += settle.eq(spacing)

        def settles(record):
            return Mux(ends_next, record.settled == spacing + 1, settle <= record.settled)

        head = self.block.payload
        m.d.sync += [
            last_feed.eq(ends_next),
            # A block that begins now has no tile to end in the next cycle, unless it is `single`.
            tile_settled.eq(Mux(begin & next_single, spacing == 1, settles(block))),
            block_settled.eq(Mux(load, settles(head) & ~head.abort, filled & ~used & settles(coming) & ~coming.abort)),
            aborts.eq(Mux(load, head.abort, filled & ~used & coming.abort)),
        ]
        record = self.sums.payload
        m.d.comb += [
            record.rows.eq(Mux(coming.fuse_rows, coming.rows >> 1, coming.rows)),
            *(record[name].eq(coming[name])
              for name in ("abort", "final", "fuse_columns", "n", "o_type", "slot", "parameters", "macs")),
        ]  # fmt: skip

        with m.If(emit):
            m.d.sync += [feeds.eq(feeds - 1), first.eq(0)]
        with m.If(last_feed):
            m.d.sync += emit.eq(0)
        # `more` alone tells whether it is a tile or a block that begins.
        m.d.comb += following.eq(Mux(more, columns_left > 2 * config.columns, coming.several))
        with m.If(begin):
            m.d.sync += [
                emit.eq(1),
                feeds.eq(Mux(more, block.k, coming.k)),
                first.eq(1),
                columns_left.eq(Mux(more, columns_left - config.columns, coming.columns)),
                more.eq(following),
                closing.eq(~following),
            ]
        with m.If(begin_block):
            m.d.sync += block.eq(coming)
        m.d.sync += weights_end.eq(abort & coming.weights)

        # Fields of the control words go out when their stage needs them, see `Geometry`.
        def late(value, cycles, name, *, reset_less=True):
            return delayed(m, value, cycles, name, reset_less=reset_less)

        # Where the tile at hand is, a cycle later --------------------------------------------------------------------
        a_base = Signal(len(self.feed.address), reset_less=True, name="a_base")
        a_address = Signal.like(a_base, name="a_address")
        w_base = Signal(len(self.load.address), reset_less=True, name="w_base")
        w_tile = Signal.like(w_base, name="w_tile")
        w_address = Signal.like(w_base, name="w_address")
        sum_address = Signal(len(self.tile.address), reset_less=True, name="sum_address")
        element = Signal(len(self.feed.element), reset_less=True, name="element")
        beat_ends = (element | block.fuse_rows).all()  # a beat has a power of two of codes; two leave if rows are fused
        w_start, a_start = Signal.like(w_base, name="w_start"), Signal.like(a_base, name="a_start")
        s1_emit, s1_begin, s1_block = (
            late(value, ADDRESS_DELAY, name, reset_less=False)
            for name, value in (("emit", emit), ("begin", begin), ("begin_block", begin_block))
        )
        s1_a_start = late(Mux(self.a_bank, g.row_words, 0), ADDRESS_DELAY, "a_bank_start")
        s1_w_start = late(Mux(self.w_bank, g.weight_depth, 0), ADDRESS_DELAY, "w_bank_start")
        sum_starts = [Const(bank * g.sum_depth, len(sum_address)) for bank in range(config.sum_banks)]
        s1_sum_start = late(select(self.s_bank, sum_starts), ADDRESS_DELAY, "sum_start")
        # `block` is the one that began, if one did.
        m.d.comb += [
            a_start.eq(Mux(s1_block, s1_a_start, a_base)),
            w_start.eq(Mux(s1_block, Mux(block.first, s1_w_start, w_base), w_tile + 1)),
        ]
        with m.If(s1_emit):
            m.d.sync += [
                element.eq(element + Mux(block.fuse_rows, 2, 1)),
                a_address.eq(a_address + beat_ends),
                w_address.eq(w_address + g.weight_tiles),
            ]
        with m.If(s1_begin):
            m.d.sync += [
                element.eq(0),
                a_address.eq(a_start),
                w_address.eq(w_start),
                w_tile.eq(w_start),
                sum_address.eq(Mux(s1_block, s1_sum_start, sum_address + config.rows)),
            ]
        with m.If(s1_block):
            m.d.sync += a_base.eq(a_start)
            with m.If(block.first):
                m.d.sync += w_base.eq(w_start)

        behind = load_delay()
        w_closes = late((last_feed & closing & block.final) | weights_end, ADDRESS_DELAY, "w_last", reset_less=False)
        m.d.comb += [
            self.feed.address.eq(a_address),
            self.feed.en.eq(s1_emit & (element == 0)),
            self.feed.closes.eq(late(last_feed & closing, ADDRESS_DELAY, "a_closes", reset_less=False)),
            self.feed.element.eq(late(element, 2, "element")),
            self.feed.fused.eq(late(block.fuse_rows, ADDRESS_DELAY + 2, "a_fused")),
            Cat(self.feed.tag, self.feed.high_tag).eq(late(Cat(a_tag, a_high), ADDRESS_DELAY + 3, "a_tags")),
            self.feed.first.eq(late(emit & first, ADDRESS_DELAY + 4, "first", reset_less=False)),
            self.feed.last.eq(late(last_feed, ADDRESS_DELAY + 4, "last", reset_less=False)),
            self.load.address.eq(late(w_address, behind, "w_address")),
            self.load.en.eq(late(s1_emit, behind, "w_en", reset_less=False)),
            self.load.closes.eq(late(w_closes, behind, "w_closes", reset_less=False)),
            Cat(self.load.tag, self.load.high_tag).eq(
                late(Cat(w_tag, w_high), ADDRESS_DELAY + behind + DeepRam.latency, "w_tags")
            ),
            self.tile.valid.eq(late(last_feed, ADDRESS_DELAY, "tile_ends", reset_less=False)),
            self.tile.address.eq(sum_address),
            Cat(self.tile.rows, self.tile.fuse_rows, self.tile.fuse_columns, self.tile.closes).eq(
                late(Cat(block.rows, block.fuse_rows, block.fuse_columns, closing), ADDRESS_DELAY, "tile")
            ),
        ]
        return m
