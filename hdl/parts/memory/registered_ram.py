"""Block RAM with registers behind it: the way out of a block takes more than half of a fast core's cycle."""

from math import ceil

from amaranth.hdl import Module, Shape, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.parts.arithmetic.select import select
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.memory.ram import BLOCKS, Ram, address_bits
from attnforge.hdl.parts.vendor import ecp5

__all__ = ["DeepRam", "RegisteredRam", "slice_depth"]

LUT_DEPTH = 32
"""Up to this depth synthesis makes look-up tables of a memory."""


def _members(shape, depth):
    return {
        "w_en": In(1),
        "w_address": In(address_bits(depth)),
        "w_data": In(shape),
        "r_en": In(1),
        "r_address": In(address_bits(depth)),
        "r_data": Out(shape),
    }


class RegisteredRam(wiring.Component):
    """`Ram` with a register behind it: latency 2 cycles, one word per cycle on each port.

    On ECP5 the register is the block's own: the word is there 1 ns after the clock, not 5.8 ns as without.

    Parameters
    ----------
    shape : ShapeLike
        Of a word.
    depth : int
        Words.
    use : str
        See `Ram`.

    Members
    -------
    w_en, w_address, w_data : In
    r_en, r_address : In
        ``r_data`` changes only two cycles after ``r_en``.
    r_data : Out
    """

    latency = Ram.latency + 1

    def __init__(self, shape, depth, use):
        self.shape = shape
        self.depth = depth
        self.use = use
        self.key = (use, shape, depth)
        super().__init__(_members(shape, depth))

    def elaborate(self, platform):
        m = Module()
        if platform is not None and platform.name == "ecp5" and LUT_DEPTH < self.depth <= ecp5.RAM_SHAPES[-1][0]:
            written = Signal(Shape.cast(self.shape).width, name="written")
            m.d.comb += written.eq(self.w_data)
            write, read = (self.w_en, self.w_address, written), (self.r_en, self.r_address)
            word = ecp5.registered_memory(m, "words", len(written), depth=self.depth, write=write, read=read)
            m.d.comb += self.r_data.eq(word)
            return m
        ram = place(m, platform, "ram", Ram(self.shape, self.depth, self.use))
        word = Signal(self.shape, name="s2_word", reset_less=True)
        m.d.sync += word.eq(ram.r_data)
        m.d.comb += [
            ram.w_en.eq(self.w_en),
            ram.w_address.eq(self.w_address),
            ram.w_data.eq(self.w_data),
            ram.r_en.eq(self.r_en),
            ram.r_address.eq(self.r_address),
            self.r_data.eq(word),
        ]
        return m


def slice_depth(bits: int, depth: int, shapes) -> int:
    """Words of a slice of a `DeepRam`: for the fewest blocks, then for the fewest slices."""
    words, _ = min(
        shapes,
        key=lambda shape: (ceil(bits / shape[1]) * ceil(depth / shape[0]), -shape[0]),
        default=(depth, bits),
    )
    return min(words, depth)


class DeepRam(wiring.Component):
    """`RegisteredRam` that may be deeper than a block of the target: latency 3 cycles, one word per cycle on each port.

    Slices lie one behind the other, each of blocks with their registers; what chooses among them has a register too.

    Parameters
    ----------
    shape : ShapeLike
        Of a word.
    depth : int
        Words.
    use : str
        See `Ram`.

    Members
    -------
    w_en, w_address, w_data : In
    r_en, r_address : In
        ``r_data`` changes only three cycles after ``r_en``.
    r_data : Out
    """

    latency = RegisteredRam.latency + 1

    def __init__(self, shape, depth, use):
        self.shape = shape
        self.depth = depth
        self.use = use
        self.key = (use, shape, depth)
        super().__init__(_members(shape, depth))

    def elaborate(self, platform):
        m = Module()
        bits = Shape.cast(self.shape).width
        step = slice_depth(bits, self.depth, BLOCKS.get(platform.name, ()) if platform is not None else ())
        slices = ceil(self.depth / step)
        inner = address_bits(step)
        chosen = Signal(address_bits(slices), name="s1_slice", reset_less=True)
        s2_chosen = Signal.like(chosen, name="s2_slice")
        written, word = Signal(bits, name="written"), Signal(self.shape, name="s3_word", reset_less=True)
        m.d.comb += written.eq(self.w_data)
        if slices > 1:
            m.d.sync += s2_chosen.eq(chosen)
            with m.If(self.r_en):
                m.d.sync += chosen.eq(self.r_address[inner:])
        words = []
        for number in range(slices):
            depth = min(step, self.depth - number * step)
            ram = place(m, platform, f"slice{number}", RegisteredRam(bits, depth, self.use))
            writes, reads = (address[inner:] == number if slices > 1 else 1
                             for address in (self.w_address, self.r_address))
            m.d.comb += [
                ram.w_en.eq(self.w_en & writes),
                ram.w_address.eq(self.w_address),
                ram.w_data.eq(written),
                ram.r_en.eq(self.r_en & reads),
                ram.r_address.eq(self.r_address),
            ]
            words.append(ram.r_data)
        m.d.sync += word.eq(select(s2_chosen, words))
        m.d.comb += self.r_data.eq(word)
        return m
