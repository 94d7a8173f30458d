"""Memories: the block RAM that costs nothing beside itself, and the small table that is read without a clock."""

from amaranth.hdl import Assert, Cat, Module, Shape, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.parts.vendor import ecp5
from attnforge.hdl.parts.vendor.ice40 import RAM_SHAPES, block_memory

__all__ = ["Ram", "Table", "address_bits"]

# Depths and widths that one block has; a deep memory is cut in slices of the block's width, so that no multiplexer
# behind several blocks is needed.
BLOCKS = {
    "ecp5": ecp5.RAM_SHAPES,
    "ice40": RAM_SHAPES,
}
# What a table is to become; a family without it stops. The generic text leaves it to the tool: only look-up tables and
# flip-flops can be read without a clock, so one of the two it becomes everywhere.
RAM_STYLES = {"ecp5": "distributed", "gowin": "distributed", "ice40": "registers"}
FLIP_FLOP_DEPTH = 2  # a table up to this deep is not worth a block RAM of an iCE40


def address_bits(depth: int) -> int:
    """Width of an address of ``depth`` words, at least 1."""
    return max(1, (depth - 1).bit_length())


class Ram(wiring.Component):
    """Memory with one write and one read port: latency 1 cycle, one word per cycle on each port.

    A combinational read port and a register without reset: on ECP5 that is block RAM and not a LUT beside it. Reading
    the word that is being written gives an undefined value, so nobody may do it; Amaranth's simulator asserts that.
    On iCE40 the blocks are instanced: an inferred one has a LUT behind every bit, which gives 0 before the first read.

    Parameters
    ----------
    shape : ShapeLike
        Of a word.
    depth : int
        Words.
    use : str
        What it holds: part of the module's name, so that two memories of one shape by chance stay two modules.

    Members
    -------
    w_en, w_address, w_data : In
    r_en, r_address : In
        ``r_data`` changes only after a cycle with ``r_en``.
    r_data : Out
    """

    latency = 1

    def __init__(self, shape, depth, use):
        self.shape = shape
        self.depth = depth
        self.key = (use, shape, depth)
        super().__init__(
            {
                "w_en": In(1),
                "w_address": In(address_bits(depth)),
                "w_data": In(shape),
                "r_en": In(1),
                "r_address": In(address_bits(depth)),
                "r_data": Out(shape),
            }
        )

    def elaborate(self, platform):
        m = Module()
        width = Shape.cast(self.shape).width
        blocks = BLOCKS.get(platform.name, ()) if platform is not None else ()
        shape, step = next(((number, bits) for number, (depth, bits) in enumerate(blocks) if depth >= self.depth),
                           (None, width))
        written = Signal(width, name="written")
        m.d.comb += written.eq(self.w_data)
        if shape is not None and platform.name == "ice40":
            write, read = (self.w_en, self.w_address, written), (self.r_en, self.r_address)
            m.d.comb += self.r_data.eq(block_memory(m, "words", width, shape=shape, write=write, read=read))
            return m
        parts = []
        for number, start in enumerate(range(0, width, step)):
            bits = min(step, width - start)
            words = memory.Memory(shape=bits, depth=max(2, self.depth), init=[], attrs={"no_rw_check": 1})
            m.submodules[f"words{number}" if width > step else "words"] = words
            write = words.write_port()
            read = words.read_port(domain="comb")
            part = Signal(bits, reset_less=True, name=f"s1_word{number}" if width > step else "s1_word")
            m.d.comb += [
                write.en.eq(self.w_en),
                write.addr.eq(self.w_address),
                write.data.eq(written[start : start + bits]),
                read.addr.eq(self.r_address),
            ]
            with m.If(self.r_en):
                m.d.sync += part.eq(read.data)
            parts.append(part)
        m.d.comb += self.r_data.eq(Cat(*parts))
        if platform is None:
            with m.If(self.w_en & self.r_en):
                m.d.sync += Assert(self.w_address != self.r_address, "a word is read while it is written")
        return m


class Table(wiring.Component):
    """Small memory, read without latency through any number of ports, written at the clock's edge.

    LUT RAM where the target has any, else flip-flops. On iCE40, tables of more than two entries are block RAM, one copy
    for each reader, that is read at the falling edge: an address may then depend on another table's word only through a
    register.

    Parameters
    ----------
    shape : ShapeLike
        Of an entry.
    depth : int
        Entries.
    readers : int
        Read ports.

    Members
    -------
    w_en, w_address, w_data : In
    r_address0, r_address1, ... : In
    r_data0, r_data1, ... : Out
    """

    latency = 0

    def __init__(self, shape, depth, readers=1):
        self.shape = shape
        self.depth = depth
        self.readers = readers
        self.key = (shape, depth, readers)
        members = {"w_en": In(1), "w_address": In(address_bits(depth)), "w_data": In(shape)}
        for reader in range(readers):
            members[f"r_address{reader}"] = In(address_bits(depth))
            members[f"r_data{reader}"] = Out(shape)
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        ports = [(getattr(self, f"r_address{k}"), getattr(self, f"r_data{k}")) for k in range(self.readers)]
        target = platform.name if platform is not None else "generic"
        if target == "ice40" and FLIP_FLOP_DEPTH < self.depth <= RAM_SHAPES[0][0]:
            self._blocks(m, ports)
        else:
            self._inferred(m, ports, RAM_STYLES.get(target))
        return m

    def _inferred(self, m, ports, style):
        width = Shape.cast(self.shape).width
        attributes = {} if style is None else {"ram_style": style}
        m.submodules.entries = entries = memory.Memory(
            shape=width, depth=max(2, self.depth), init=[], attrs=attributes
        )
        write = entries.write_port()
        m.d.comb += [write.en.eq(self.w_en), write.addr.eq(self.w_address), write.data.eq(self.w_data)]
        for address, word in ports:
            port = entries.read_port(domain="comb")
            m.d.comb += [port.addr.eq(address), word.eq(port.data)]

    def _blocks(self, m, ports):
        width = Shape.cast(self.shape).width
        written = Signal(width, name="written")
        m.d.comb += written.eq(self.w_data)
        write = (self.w_en, self.w_address, written)
        for number, (address, word) in enumerate(ports):
            read = (1, address)
            m.d.comb += word.eq(
                block_memory(m, f"reader{number}_", width, shape=0, write=write, read=read, falling=True)
            )
