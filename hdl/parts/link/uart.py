"""A UART: eight data bits, no parity, one stop bit, the low bit first."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

from attnforge.hdl.parts.proof import Proof

__all__ = ["UartReceiver", "UartTransmitter"]

FRAME_BITS = 10  # start, eight data bits, stop
LEAST_DIVISOR = 4


def check_divisor(divisor):
    """Refuse a bit that is too short to be sampled in its middle."""
    if not isinstance(divisor, int) or divisor < LEAST_DIVISOR:
        raise ValueError(f"divisor is a whole number of cycles per bit from {LEAST_DIVISOR} up, not {divisor!r}")


class UartReceiver(wiring.Component):
    """Bytes from an asynchronous line: a byte is there in the middle of its stop bit.

    Each bit is sampled once, in its middle as counted from the start bit's edge, so the sender's clock may be off by
    2 %. A byte without a stop bit is left out, and nothing is received before the line has been high again.

    Parameters
    ----------
    divisor : int
        Clock cycles per bit, 4 or more.

    Members
    -------
    rx : In(1)
        The line, 1 when idle; synchronised inside.
    byte : Out(8)
        Stays until the second bit of the next byte.
    valid : Out(1)
        ``byte`` is new, for one cycle.

    Raises
    ------
    ValueError
        A divisor below 4.
    """

    def __init__(self, divisor):
        check_divisor(divisor)
        self.divisor = divisor
        self.key = (divisor,)
        super().__init__({"rx": In(1), "byte": Out(8), "valid": Out(1)})

    def elaborate(self, platform):
        m = Module()
        line = Signal(init=1, name="line")
        before = Signal(init=1, name="before")
        m.submodules.synchronise = FFSynchronizer(self.rx, line, init=1)
        m.d.sync += before.eq(line)

        # A one runs through the register ahead of the start bit; when it arrives at the end, only the stop bit is due.
        bits = Signal(FRAME_BITS, reset_less=True, name="bits")
        busy = Signal(name="busy")
        wait = Signal(range(self.divisor), reset_less=True, name="wait")
        first, last = ~bits[:-1].any(), bits[0]
        with m.If(~busy):
            m.d.sync += [bits.eq(1 << FRAME_BITS - 1), wait.eq((self.divisor - 3) // 2)]
            m.d.sync += busy.eq(before & ~line)
        with m.Elif(wait == 0):
            m.d.sync += [wait.eq(self.divisor - 1), bits.eq(Cat(bits[1:], line))]
            with m.If(last | (first & line)):
                m.d.sync += busy.eq(0)
            with m.If(last):
                m.d.sync += bits.eq(bits)
        with m.Else():
            m.d.sync += wait.eq(wait - 1)
        m.d.comb += [self.byte.eq(bits[2:]), self.valid.eq(busy & (wait == 0) & last & line)]
        return m


class UartTransmitter(wiring.Component):
    """Bytes to a line: ten bits each, without a gap while bytes wait; a byte begins at the next ``tick``.

    Parameters
    ----------
    divisor : int
        Clock cycles per bit, 4 or more.

    Members
    -------
    i : In(stream.Signature(8))
    tx : Out(1)
        The line, from a flip-flop; 1 when idle.
    tick : Out(1)
        A bit ends; runs all the time.

    Raises
    ------
    ValueError
        A divisor below 4.
    """

    def __init__(self, divisor):
        check_divisor(divisor)
        self.divisor = divisor
        self.key = (divisor,)
        super().__init__({"i": In(stream.Signature(8)), "tx": Out(1, init=1), "tick": Out(1)})

    def elaborate(self, platform):
        m = Module()
        wait = Signal(range(self.divisor), name="wait")
        m.d.comb += self.tick.eq(wait == 0)
        with m.If(self.tick):
            m.d.sync += wait.eq(self.divisor - 1)
        with m.Else():
            m.d.sync += wait.eq(wait - 1)

        # The stop bit is the last one to be seen, and stays: it is the idle line as well.
        bits = Signal(FRAME_BITS, init=1, name="bits")
        empty = ~bits[1:].any()
        m.d.comb += [self.tx.eq(bits[0]), self.i.ready.eq(self.tick & empty)]
        with m.If(self.tick & ~empty):
            m.d.sync += bits.eq(bits[1:])
        with m.Elif(self.i.valid & self.i.ready):
            m.d.sync += bits.eq(Cat(Const(0, 1), self.i.payload, Const(1, 1)))
        if isinstance(platform, Proof):
            self._promise(platform.promises(m, self), wait, bits)
        return m

    def _promise(self, p, wait, bits):
        m = p.m
        age = Signal(range(self.divisor), name="cycles_since_tick")
        m.d.sync += age.eq(Mux(self.tick, 0, age + 1))
        sending, sent = Signal(name="sending"), Signal(8, name="sent", reset_less=True)
        at = Signal(range(FRAME_BITS), name="bit")
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [sending.eq(1), sent.eq(self.i.payload), at.eq(0)]
        with m.Elif(self.tick & sending):
            m.d.sync += [at.eq(at + 1), sending.eq(at != FRAME_BITS - 1)]
        frame = Cat(Const(0, 1), sent, Const(1, 1))
        p.always("line_is_the_frame", ~sending | (self.tx == frame.bit_select(at, 1)))
        p.always("line_rests_at_1", sending | self.tx)
        p.always("takes_at_a_tick_when_the_frame_is_out",
                 self.i.ready == (self.tick & (~sending | (at == FRAME_BITS - 1))))
        p.lemma("bits", Mux(sending, (bits == frame >> at) & (at < FRAME_BITS), bits == 1))
        started = Signal(name="ticked")
        m.d.sync += started.eq(started | self.tick)
        p.always("bits_are_of_equal_length", ~started | (self.tick == (age == self.divisor - 1)))
        p.lemma("wait", (wait < self.divisor) & Mux(started, wait == self.divisor - 1 - age, wait == 0))
        p.reached("frame_begins_after_reset", sending & (at == 1))
