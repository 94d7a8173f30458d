"""Streams: the beat that every core takes and gives, and the small parts that sit between two streams."""

from amaranth.hdl import Module, Mux, Shape, Signal
from amaranth.lib import data, fifo, stream, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.parts.proof import Passage, Proof, opened, wrapped

__all__ = ["Beat", "StreamBuffer", "StreamQueue", "WidthConverter"]


def Beat(beat_bytes: int) -> data.StructLayout:
    """Payload of a core's operand and result streams: ``beat_bytes`` bytes and the mark of a job's final beat."""
    return data.StructLayout({"data": data.ArrayLayout(8, beat_bytes), "last": 1})


class StreamBuffer(wiring.Component):
    """One register between two streams: latency 1 cycle, one item per cycle; ready passes through.

    Parameters
    ----------
    shape : ShapeLike
        Of the payload.

    Members
    -------
    i : In(stream.Signature(shape))
    o : Out(stream.Signature(shape))
    """

    latency = 1

    def __init__(self, shape):
        self.key = (shape,)
        super().__init__({"i": In(stream.Signature(shape)), "o": Out(stream.Signature(shape))})

    def elaborate(self, platform):
        m = Module()
        m.d.comb += self.i.ready.eq(~self.o.valid | self.o.ready)
        with m.If(self.i.ready):
            m.d.sync += self.o.valid.eq(self.i.valid)
            m.d.sync += self.o.payload.eq(self.i.payload)
        if isinstance(platform, Proof):
            self._promise(platform.promises(m, self))
        return m

    def _promise(self, p):
        passage = Passage(p, arrives=self.i.valid & self.i.ready, item=self.i.payload, o=self.o, capacity=1)
        p.stream("o", self.o)
        p.always("takes_when_empty_or_emptied", self.i.ready == ((passage.held == 0) | self.o.ready))


class StreamQueue(wiring.Component):
    """First in, first out, between two streams: latency 1 cycle, one item per cycle (in two cycles at depth 1).

    Parameters
    ----------
    shape : ShapeLike
        Of the payload.
    depth : int
        Items that it holds.

    Members
    -------
    i : In(stream.Signature(shape))
    o : Out(stream.Signature(shape))
    """

    latency = 1

    def __init__(self, shape, depth):
        self.depth = depth
        self.key = (shape, depth)
        super().__init__({"i": In(stream.Signature(shape)), "o": Out(stream.Signature(shape))})

    def elaborate(self, platform):
        m = Module()
        width = Shape.cast(self.i.payload.shape()).width
        queue = fifo.SyncFIFO(width=width, depth=self.depth)
        m.d.comb += [
            queue.w_data.eq(self.i.payload),
            queue.w_en.eq(self.i.valid),
            self.i.ready.eq(queue.w_rdy),
            self.o.payload.eq(queue.r_data),
            self.o.valid.eq(queue.r_rdy),
            queue.r_en.eq(self.o.ready),
        ]
        if isinstance(platform, Proof):
            m.submodules.fifo = inside = opened(queue, platform)
            self._promise(platform.promises(m, self), queue, inside.submodules.storage)
        else:
            m.submodules.fifo = queue
        return m

    def _promise(self, p, queue, storage):
        passage = Passage(p, arrives=self.i.valid & self.i.ready, item=self.i.payload, o=self.o, capacity=self.depth)
        p.stream("o", self.o)
        p.always("takes_while_there_is_room", self.i.ready == (passage.held != self.depth))
        # The watched item lies where its turn comes.
        oldest, free = storage.read_ports[0].addr, storage.write_ports[0].addr
        p.lemma("level", queue.level == passage.held)
        p.lemma("pointers", (oldest < self.depth) & (free == wrapped(oldest + passage.held, self.depth)))
        witness = storage.read_port(domain="comb")
        p.m.d.comb += witness.addr.eq(wrapped(oldest + passage.ahead, self.depth))
        p.lemma("watched", ~passage.watching | (witness.data == passage.watched))


class WidthConverter(wiring.Component):
    """Cuts items of ``wide`` elements into pieces of ``narrow``, first element first: no latency, one piece per cycle.

    Parameters
    ----------
    element_bits : int
    wide, narrow : int
        Elements of an item and of a piece, ``narrow <= wide``; the last piece of an item is filled up with zeros.

    Members
    -------
    i : In(stream.Signature({"data": wide elements, "count": elements in use, 1 .. wide}))
        Pieces without an element in use are left out.
    o : Out(stream.Signature({"data": narrow elements, "count": elements in use, "first": 1, "last": 1}))
        ``first`` and ``last`` mark the first and the last piece of an item.
    """

    latency = 0

    def __init__(self, element_bits, wide, narrow):
        if not 1 <= narrow <= wide:
            raise ValueError(f"a piece has 1 to {wide} elements, not {narrow!r}")
        self.element_bits = element_bits
        self.wide = wide
        self.narrow = narrow
        self.pieces = -(-wide // narrow)
        self.key = (element_bits, wide, narrow)
        items = data.StructLayout({"data": data.ArrayLayout(element_bits, wide), "count": range(wide + 1)})
        pieces = data.StructLayout(
            {"data": data.ArrayLayout(element_bits, narrow), "count": range(narrow + 1), "first": 1, "last": 1}
        )
        super().__init__({"i": In(stream.Signature(items)), "o": Out(stream.Signature(pieces))})

    def elaborate(self, platform):
        m = Module()
        item, piece = self.i.payload, self.o.payload
        index = Signal(range(max(2, self.pieces)), name="index")
        rest = Signal.like(item.count, name="rest")
        with m.Switch(index):
            for number in range(self.pieces):
                start = number * self.narrow
                with m.Case(number):
                    m.d.comb += rest.eq(item.count - start)
                    for place in range(min(self.narrow, self.wide - start)):
                        m.d.comb += piece.data[place].eq(item.data[start + place])
        m.d.comb += [
            piece.first.eq(index == 0),
            piece.last.eq(rest <= self.narrow if self.pieces > 1 else 1),
            piece.count.eq(rest),
            self.o.valid.eq(self.i.valid),
            self.i.ready.eq(self.o.ready & piece.last),
        ]
        if self.pieces > 1:
            with m.If(~piece.last):
                m.d.comb += piece.count.eq(self.narrow)
            with m.If(self.o.valid & self.o.ready):
                m.d.sync += index.eq(index + 1)
                with m.If(piece.last):
                    m.d.sync += index.eq(0)
        if isinstance(platform, Proof):
            self._promise(platform.promises(m, self), index)
        return m

    def _promise(self, p, index):
        item, piece = self.i.payload, self.o.payload
        valid, moves = self.o.valid, self.o.valid & self.o.ready
        waits = p.given_stream("i", self.i)
        p.given("i__count_in_range", ~self.i.valid | ((item.count != 0) & (item.count <= self.wide)))

        sent = Signal(range(self.wide + self.narrow), name="sent")  # elements of the item that have left
        left = (item.count - sent)[: len(sent)]
        with p.m.If(moves):
            p.m.d.sync += sent.eq(Mux(self.i.ready, 0, sent + piece.count))
        p.always("offered_at_once", valid == self.i.valid)
        p.always("used_elements_are_counted", ~valid | (piece.count == Mux(left < self.narrow, left, self.narrow)))
        for place in range(self.narrow):
            element = item.data.as_value().word_select(sent + place, self.element_bits)
            p.always(f"element{place}_is_the_next", ~valid | (piece.count <= place) | (piece.data[place] == element))
        p.always("first_is_marked", ~valid | (piece.first == (sent == 0)))
        p.always("last_is_marked", ~valid | (piece.last == (left <= self.narrow)))
        p.always("item_leaves_with_its_last_piece", (self.i.valid & self.i.ready) == (moves & piece.last))
        p.stream("o", self.o)
        p.lemma("sent_is_whole_pieces", sent == index * self.narrow)
        p.lemma("sent_of_a_waiting_item", (sent == 0) | (waits & (sent < item.count)))
        p.reached("whole_item_leaves", moves & piece.last & (item.count == self.wide))
