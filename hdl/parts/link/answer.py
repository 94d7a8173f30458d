"""Sending the answer to a request: header, payload and CRC, between flags."""

from amaranth.hdl import Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.parts.link.protocol import FLAG
from attnforge.hdl.parts.memory.ram import address_bits
from attnforge.hdl.parts.proof import Proof

__all__ = ["AnswerSender"]

# What comes next: one flag, two header bytes, the payload, four bytes of CRC, two flags.
OPENING, SEQUENCE, STATUS, PAYLOAD, CRC, CLOSING, FINAL = 0, 1, 2, 3, 4, 8, 9


class AnswerSender(wiring.Component):
    """Sends one frame: as fast as the line takes bytes, each of which passes through the serial register before.

    Parameters
    ----------
    buffer_bytes : int
        Size of the memory that holds the payload.

    Members
    -------
    start : In(1)
        Send a frame; all that describes it stands still until ``finished``.
    sequence, status : In(8)
        The header.
    bare : In(1)
        Leave out the payload.
    length : In
        Bytes of payload, from address 0 on.
    finished : Out(1)
        The last flag goes out, for one cycle.
    r_en, r_address, r_data : Out, Out, In
        Of the memory: ``r_data`` is there a cycle after ``r_en``.
    clear, take, byte, plain : Out(1), Out(1), Out(8), Out(1)
        To the serial register (`SerialRegister`).
    busy, taken, value : In(1), In(8), In(32)
        From it.
    o : Out(stream.Signature({"byte": 8, "flag": 1}))
        To the line.
    """

    def __init__(self, buffer_bytes):
        self.buffer_bytes = buffer_bytes
        self.key = (buffer_bytes,)
        super().__init__({
            "start": In(1),
            "sequence": In(8),
            "status": In(8),
            "bare": In(1),
            "length": In(range(buffer_bytes + 1)),
            "finished": Out(1),
            "r_en": Out(1),
            "r_address": Out(address_bits(buffer_bytes)),
            "r_data": In(8),
            "clear": Out(1),
            "take": Out(1),
            "byte": Out(8),
            "plain": Out(1),
            "busy": In(1),
            "taken": In(8),
            "value": In(32),
            "o": Out(stream.Signature(data.StructLayout({"byte": 8, "flag": 1}))),
        })

    def elaborate(self, platform):
        m = Module()
        phase = Signal(range(FINAL + 1), name="phase")
        at = Signal(range(self.buffer_bytes + 1), name="at")
        is_flag = (phase == OPENING) | phase[3]
        m.d.comb += [
            self.r_address.eq(at),
            self.plain.eq(phase[2]),
            self.o.payload.byte.eq(self.taken),
            self.o.payload.flag.eq(is_flag),
        ]
        with m.Switch(phase):
            with m.Case(SEQUENCE):
                m.d.comb += self.byte.eq(self.sequence)
            with m.Case(STATUS):
                m.d.comb += self.byte.eq(self.status)
            with m.Case(PAYLOAD):
                m.d.comb += self.byte.eq(self.r_data)
            with m.Case(*range(CRC, CLOSING)):
                m.d.comb += self.byte.eq(self.value)
            with m.Default():
                m.d.comb += self.byte.eq(FLAG)

        with m.FSM():
            with m.State("REST"):
                m.d.sync += [phase.eq(OPENING), at.eq(0)]
                with m.If(self.start):
                    m.next = "FETCH"
            with m.State("FETCH"):
                m.d.comb += [self.r_en.eq(1), self.clear.eq(phase == SEQUENCE)]
                with m.If((phase == PAYLOAD) & ((at == self.length) | self.bare)):
                    m.d.sync += phase.eq(CRC)
                with m.Else():
                    m.next = "TAKE"
            with m.State("TAKE"):
                m.d.comb += self.take.eq(1)
                m.d.sync += at.eq(at + (phase == PAYLOAD))
                m.next = "SEND"
            with m.State("SEND"):
                m.d.comb += self.o.valid.eq(~self.busy)
                with m.If(self.o.valid & self.o.ready):
                    m.d.sync += phase.eq(phase + (phase != PAYLOAD))
                    m.d.comb += self.finished.eq(phase == FINAL)
                    with m.If(self.finished):
                        m.next = "REST"
                    with m.Else():
                        m.next = "FETCH"
        if isinstance(platform, Proof):
            self._promise(platform.promises(m, self))
        return m

    def _promise(self, p):
        busy, take = p.before(self.busy, name="was_busy"), p.before(self.take, name="was_taking")
        still = (self.taken == p.before(self.taken, name="was_taken")) & ~self.busy
        p.given("register_rests_when_nothing_is_taken", busy | take | still)
        p.stream("o", self.o)
