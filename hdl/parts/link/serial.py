"""The one long register of the host link: bytes pass through it bit by bit, for a CRC-32 or to make and cut words."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["SerialRegister"]

POLYNOMIAL = 0xEDB88320  # CRC-32 of Ethernet and zlib, low bit first
GOOD = 0x2144DF1C  # what is left after a message and its own CRC
STEPS = 8


class SerialRegister(wiring.Component):
    """CRC-32 as zlib computes it, a byte in 8 cycles; at other times a shift register of 32 bits, a byte in 8 cycles.

    One row of cells for both: a link that works on one byte at a time never needs them together.

    Members
    -------
    clear : In(1)
        Begin a message, with the value 0.
    load, word : In(1), In(32)
        Take a word.
    take, byte : In(1), In(8)
        Begin to shift a byte in, the low bit first; not while ``busy``.
    plain : In(1)
        While it shifts: into the top, without a CRC. The lowest byte is lost.
    busy : Out(1)
    taken : Out(8)
        The byte, when it is through.
    value : Out(32)
        The CRC of the message, or the word.
    good : Out(1)
        The message ends with its CRC, four bytes little-endian.
    """

    key = ()

    def __init__(self):
        super().__init__({
            "clear": In(1),
            "load": In(1),
            "word": In(32),
            "take": In(1),
            "byte": In(8),
            "plain": In(1),
            "busy": Out(1),
            "taken": Out(8),
            "value": Out(32),
            "good": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        steps = Signal(range(2 * STEPS), name="steps")
        turning = Signal(8, reset_less=True, name="turning")
        m.d.comb += [self.busy.eq(steps[-1]), self.taken.eq(turning)]
        with m.If(self.take):
            m.d.sync += [turning.eq(self.byte), steps.eq(STEPS)]
        with m.Elif(self.busy):
            m.d.sync += [turning.eq(turning.rotate_right(1)), steps.eq(steps + 1)]

        # The register holds the complement of the textbook's: 0 at the beginning, and zlib's value as it is.
        bit, value = turning[0], Signal(32, reset_less=True, name="value")
        top = bit ^ (value[0] & ~self.plain)
        feedback = ~(bit ^ value[0]) & ~self.plain
        taps = Cat(feedback & (POLYNOMIAL >> at & 1) for at in range(31))
        m.d.comb += [self.value.eq(value), self.good.eq(value == GOOD)]
        with m.If(self.clear):
            m.d.sync += value.eq(0)
        with m.Elif(self.load):
            m.d.sync += value.eq(self.word)
        with m.Elif(self.busy):
            m.d.sync += value.eq(Cat(value[1:] ^ taps, top))
        return m
