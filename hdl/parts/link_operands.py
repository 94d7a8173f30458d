"""From the bytes of the link's buffer to beats for the core."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hdl.parts.memory import address_bits
from hdl.parts.stream import Beat

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
        at = Signal(range(self.buffer_bytes + 1), reset_less=True)
        end = Signal(range(self.buffer_bytes + 1), reset_less=True)
        is_last = Signal(reset_less=True)
        s1_read = Signal()
        payload = Signal(8 * self.beat_bytes, reset_less=True)
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
        return m
