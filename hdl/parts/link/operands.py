"""From the bytes of the link's buffer to beats for the core."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.parts.memory.ram import address_bits
from attnforge.hdl.parts.proof import Proof
from attnforge.hdl.parts.stream.beat import Beat

__all__ = ["OperandDrain"]


class OperandDrain(wiring.Component):
    """Reads a half of the buffer byte by byte and offers beats: 2 ``beat_bytes`` + 1 cycles per beat.

    Parameters
    ----------
    beat_bytes : int
        A power of two.
    buffer_bytes : int
        Size of the half.

    Members
    -------
    start, count, last : In
        Drain ``count`` bytes, whole beats, from address 0 on; ``last`` marks the final beat. Only when not ``active``.
    active : Out(1)
        The core has not taken all of it.
    r_en, r_address, r_data : Out, Out, In
        Of the buffer: ``r_data`` is there a cycle after ``r_en``.
    hold : In(1)
        No read in this cycle: the port is in other use.
    o : Out(stream.Signature(Beat(beat_bytes)))
    clear : In(1)
        Forget everything, the beat on offer too: the core is reset in this cycle.
    """

    def __init__(self, beat_bytes, buffer_bytes):
        self.beat_bytes = beat_bytes
        self.buffer_bytes = buffer_bytes
        self.key = (beat_bytes, buffer_bytes)
        super().__init__({
            "start": In(1),
            "count": In(range(buffer_bytes + 1)),
            "last": In(1),
            "active": Out(1),
            "r_en": Out(1),
            "r_address": Out(address_bits(buffer_bytes)),
            "r_data": In(8),
            "hold": In(1),
            "o": Out(stream.Signature(Beat(beat_bytes))),
            "clear": In(1),
        })

    def elaborate(self, platform):
        m = Module()
        at = Signal(range(self.buffer_bytes + 1), reset_less=True, name="at")
        end = Signal(range(self.buffer_bytes + 1), reset_less=True, name="end")
        is_last = Signal(reset_less=True, name="is_last")
        s1_read = Signal(name="s1_read")
        payload = Signal(8 * self.beat_bytes, reset_less=True, name="payload")
        finished = at == end
        m.d.comb += [
            self.r_en.eq(self.active & ~self.o.valid & ~s1_read & ~finished & ~self.hold),
            self.r_address.eq(at),
            self.o.payload.data.eq(payload),
            self.o.payload.last.eq(is_last & finished),
        ]
        m.d.sync += s1_read.eq(self.r_en)
        with m.If(self.r_en):
            m.d.sync += at.eq(at + 1)
        with m.If(s1_read):
            m.d.sync += payload.eq(Cat(payload[8:], self.r_data))
            whole = ~at[: address_bits(self.beat_bytes)].any() if self.beat_bytes > 1 else 1
            m.d.sync += self.o.valid.eq(whole)
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.If(finished & ~s1_read & ~self.o.valid):
            m.d.sync += self.active.eq(0)
        with m.If(self.start):
            m.d.sync += [self.active.eq(1), at.eq(0), end.eq(self.count), is_last.eq(self.last)]
        with m.If(self.clear):
            m.d.sync += [self.active.eq(0), self.o.valid.eq(0), s1_read.eq(0)]
        if isinstance(platform, Proof):
            self._promise(platform.promises(m, self), at, end, is_last, s1_read)
        return m

    def _promise(self, p, at, end, is_last, s1_read):
        m, size = p.m, self.beat_bytes
        p.given("whole_beats", ~self.start | ((self.count % size == 0) & (self.count <= self.buffer_bytes)))
        p.given("start_when_not_active", ~self.start | ~self.active)
        # One byte of the buffer stands for all: wherever it lies, it comes in its place of its beat.
        place, byte = (p.anything(len(port), constant=True) for port in (self.r_address, self.r_data))
        hit = p.before(self.r_en & (self.r_address == place), name="reads_watched")
        p.given("buffer_gives_what_it_holds", ~hit | (self.r_data == byte))

        sent, count = (Signal(range(2 * self.buffer_bytes + 1), name=n, reset_less=True) for n in ("sent", "to_send"))
        wants_last = Signal(name="wants_last", reset_less=True)
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += sent.eq(sent + size)
        with m.If(self.start):
            m.d.sync += [sent.eq(0), count.eq(self.count), wants_last.eq(self.last)]
        draining = Signal(name="draining")  # there are beats that the core has not taken
        with m.If(self.clear):
            m.d.sync += draining.eq(0)
        with m.Elif(self.start):
            m.d.sync += draining.eq(self.count != 0)
        with m.Elif(self.o.valid & self.o.ready & (sent + size == count)):
            m.d.sync += draining.eq(0)
        beat = self.o.payload.data.as_value()
        here = (place >= sent) & (place < sent + size)
        mine = beat.word_select((place - sent)[: len(place)], 8)
        p.always("beat_has_the_next_bytes", ~(self.o.valid & here) | (mine == byte))
        p.always("last_marks_the_final_beat",
                 ~self.o.valid | (self.o.payload.last == (wants_last & (sent + size == count))))
        p.always("no_beat_too_many", ~self.o.valid | draining)
        p.always("active_until_all_is_taken", self.active | ~draining)
        p.always("no_read_on_hold", ~self.r_en | ~self.hold)
        p.stream("o", self.o, cut=self.clear)
        # Of the beat in the making, so many bytes have come, the last of them to the top.
        come = (at - sent - s1_read)[: len(at)]
        p.lemma("count", ~self.active | ((end == count) & (is_last == wants_last) & (count % size == 0)))
        p.lemma("range", ~self.active | ((sent <= at) & (at <= end) & (end <= self.buffer_bytes) & (sent % size == 0)))
        p.lemma("come", ~self.active | (sent + come + s1_read == at))
        p.lemma("whole", ~self.active | Mux(self.o.valid, (come == size) & ~s1_read, come < size))
        p.lemma("draining", ~self.active | (draining == (sent != count)))
        p.lemma("idle", self.active | ~(self.o.valid | s1_read | draining))
        among = self.active & (place >= sent) & (place < sent + come)
        making = beat.word_select((place - sent + size - come)[: len(at)], 8)
        p.lemma("watched", ~among | (making == byte))
        p.lemma("being_read", ~(self.active & s1_read) | (hit == (at == place + 1)))
        p.reached("whole_buffer_leaves", (sent + size == self.buffer_bytes) & self.o.valid & self.o.ready)
