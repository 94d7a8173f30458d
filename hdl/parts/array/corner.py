"""The corner-turning bank: rows go in, columns come out."""

from amaranth.hdl import Module, Shape, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.parts.arithmetic.select import select
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.memory.ram import address_bits
from attnforge.hdl.parts.memory.registered_ram import RegisteredRam

__all__ = ["CornerLane"]


class CornerLane(wiring.Component):
    """One lane of a corner-turning bank: takes groups of a token's features, gives one: 2 cycles, one per cycle.

    Token t of a tensor goes to lane ``t mod lanes``; all lanes then read the same address and element, so that together
    they give one feature of ``lanes`` tokens: a column of the tensor.

    Parameters
    ----------
    element_bits, elements : int
        Width of a signed element, and elements in a group.
    depth : int
        Groups.

    Members
    -------
    w_en, w_address, w_data : In
    r_en, r_address : In
    element : In(range(elements))
        Two cycles behind the address.
    o : Out(signed(element_bits))
    """

    latency = RegisteredRam.latency

    def __init__(self, element_bits, elements, depth):
        self.layout = data.ArrayLayout(Shape(element_bits, True), elements)
        self.elements = elements
        self.depth = depth
        self.key = (element_bits, elements, depth)
        super().__init__(
            {
                "w_en": In(1),
                "w_address": In(address_bits(depth)),
                "w_data": In(self.layout),
                "r_en": In(1),
                "r_address": In(address_bits(depth)),
                "element": In(range(max(2, elements))),
                "o": Out(Shape(element_bits, True)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        ram = place(m, platform, "ram", RegisteredRam(self.layout.size, self.depth, "corner"))
        group = Signal(self.layout, name="group")
        m.d.comb += [
            group.eq(ram.r_data),
            ram.w_en.eq(self.w_en),
            ram.w_address.eq(self.w_address),
            ram.w_data.eq(self.w_data.as_value()),
            ram.r_en.eq(self.r_en),
            ram.r_address.eq(self.r_address),
            self.o.eq(select(self.element, [group[k] for k in range(self.elements)])),
        ]
        return m
