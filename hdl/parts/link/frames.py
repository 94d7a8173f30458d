"""Frames on a UART: flags at both ends, and escapes so that no byte inside looks like one."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.link.protocol import ESCAPE, ESCAPE_FLIP, FLAG
from attnforge.hdl.parts.link.uart import UartReceiver, UartTransmitter
from attnforge.hdl.parts.proof import Proof

__all__ = ["FrameReceiver", "FrameTransmitter"]

FLIPPED_BIT = ESCAPE_FLIP.bit_length() - 1


class FrameReceiver(wiring.Component):
    """Bytes and ends of frames from a UART line: as soon as the UART has a byte.

    Parameters
    ----------
    divisor : int
        Clock cycles per bit.

    Members
    -------
    rx : In(1)
        The line, asynchronous.
    byte : Out(8)
        A byte of the frame, without its escape.
    valid : Out(1)
        ``byte`` is new, for one cycle.
    flag : Out(1)
        A flag came, for one cycle.
    """

    def __init__(self, divisor):
        self.divisor = divisor
        self.key = (divisor,)
        super().__init__({"rx": In(1), "byte": Out(8), "valid": Out(1), "flag": Out(1)})

    def elaborate(self, platform):
        m = Module()
        uart = place(m, platform, "uart", UartReceiver(self.divisor))
        escaped = Signal(name="escaped")
        escape = uart.byte == ESCAPE
        m.d.comb += [
            uart.rx.eq(self.rx),
            self.byte.eq(uart.byte),
            self.byte[FLIPPED_BIT].eq(uart.byte[FLIPPED_BIT] ^ escaped),
            self.flag.eq(uart.valid & (uart.byte == FLAG)),
            self.valid.eq(uart.valid & ~self.flag & ~escape),
        ]
        with m.If(uart.valid):
            m.d.sync += escaped.eq(escape)
        return m


class FrameTransmitter(wiring.Component):
    """Bytes and flags to a UART line, bytes escaped where they need it: ten bits a byte, twenty with an escape.

    Parameters
    ----------
    divisor : int
        Clock cycles per bit.

    Members
    -------
    i : In(stream.Signature({"byte": 8, "flag": 1}))
        A byte of the frame; or a flag, whose ``byte`` is 0x7E.
    tx : Out(1)
        The line.
    tick : Out(1)
        A bit ends; runs all the time.
    """

    def __init__(self, divisor):
        self.divisor = divisor
        self.key = (divisor,)
        item = data.StructLayout({"byte": 8, "flag": 1})
        super().__init__({"i": In(stream.Signature(item)), "tx": Out(1, init=1), "tick": Out(1)})

    def elaborate(self, platform):
        m = Module()
        uart = place(m, platform, "uart", UartTransmitter(self.divisor))
        byte = self.i.payload.byte
        escaped = Signal(name="escaped")
        escape = ((byte == FLAG) | (byte == ESCAPE)) & ~self.i.payload.flag & ~escaped
        # Flag and escape differ from each other in their two low bits alone.
        low = Mux(escape, ESCAPE & 3, byte[:2])
        m.d.comb += [
            uart.i.payload.eq(Cat(low, byte[2:FLIPPED_BIT], byte[FLIPPED_BIT] ^ escaped, byte[FLIPPED_BIT + 1 :])),
            uart.i.valid.eq(self.i.valid),
            self.i.ready.eq(uart.i.ready & ~escape),
            self.tx.eq(uart.tx),
            self.tick.eq(uart.tick),
        ]
        with m.If(uart.i.valid & uart.i.ready):
            m.d.sync += escaped.eq(escape)
        if isinstance(platform, Proof):
            self._promise(platform.promises(m, self), uart, escaped)
        return m

    def _promise(self, p, uart, escaped):
        m = p.m
        waits = p.given_stream("i", self.i)
        byte, flag = self.i.payload.byte, self.i.payload.flag
        p.given("flag_byte", ~self.i.valid | ~flag | (byte == FLAG))
        moves = uart.i.valid & uart.i.ready
        special = ~flag & ((byte == FLAG) | (byte == ESCAPE))
        second = Signal(name="escape_is_sent")  # of this item
        m.d.sync += second.eq(Mux(moves, special & ~second, second))
        expected = Mux(special, Mux(second, byte ^ ESCAPE_FLIP, ESCAPE), byte)
        p.always("sends_what_waits", uart.i.valid == self.i.valid)
        p.always("sends_the_byte_or_its_escape", ~uart.i.valid | (uart.i.payload == expected))
        p.always("flags_are_flags_alone", ~uart.i.valid | (flag == (uart.i.payload == FLAG)))
        p.always("item_leaves_with_its_last_byte", (self.i.valid & self.i.ready) == (moves & (~special | second)))
        p.lemma("escaped", (escaped == second) & (~second | (waits & special)))
        p.reached("item_follows_its_escape", self.i.valid & second)
