"""Spreading the elements of a row over the lanes of a banked buffer."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.parts.proof import Proof

__all__ = ["LaneWriter", "moved"]


def moved(word, lane, step, lanes):
    """Word and lane of the element ``step`` elements on: two expressions."""
    words, rest = divmod(step, lanes)
    wraps = (lane >= lanes - rest) if rest else Const(0)
    return word + words + wraps, Mux(wraps, lane + rest - lanes, lane + rest)


class LaneWriter(wiring.Component):
    """Writes ``inputs`` neighbouring elements into ``lanes`` memories, one per lane: 1 cycle, one group per cycle.

    Element ``e`` of a row belongs to lane ``e mod lanes``, in word ``e div lanes`` of the row. A group starts at any
    lane that is a multiple of ``step`` and may run over into the next word.

    Parameters
    ----------
    lanes, inputs : int
        ``inputs <= lanes``.
    element_bits : int
    address_bits : int
    step : int
        Divides ``lanes``; 1 always works, the largest gives the smallest multiplexers.

    Members
    -------
    valid : In(1)
    address : In
        Word of the group's first element.
    lane : In
        Its lane.
    count : In
        Elements of the group that are written, the first ones.
    elements : In(ArrayLayout(element_bits, inputs))
    w_en : Out(lanes)
    w_address, w_data : Out, ``lanes`` of each
    """

    latency = 1

    def __init__(self, lanes, inputs, element_bits, address_bits, step):
        if not 1 <= inputs <= lanes:
            raise ValueError(f"a group has 1 to {lanes} elements, not {inputs!r}")
        if lanes % step:
            raise ValueError(f"step divides the {lanes} lanes, {step!r} does not")
        self.lanes = lanes
        self.inputs = inputs
        self.step = step
        self.key = (lanes, inputs, element_bits, address_bits, step)
        super().__init__(
            {
                "valid": In(1),
                "address": In(address_bits),
                "lane": In(range(max(2, lanes))),
                "count": In(range(inputs + 1)),
                "elements": In(data.ArrayLayout(element_bits, inputs)),
                "w_en": Out(lanes),
                "w_address": Out(data.ArrayLayout(address_bits, lanes)),
                "w_data": Out(data.ArrayLayout(element_bits, lanes)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        starts = range(0, self.lanes, self.step)
        spills = self.inputs > self.step
        address = Signal.like(self.address, name="s1_address", reset_less=True)
        m.d.sync += address.eq(self.address)
        if spills:
            following = Signal.like(self.address, name="s1_following", reset_less=True)
            m.d.sync += following.eq(self.address + 1)
        used = Signal(self.inputs, name="used")
        m.d.comb += used.eq(Cat(*(self.count > number for number in range(self.inputs))))
        for lane in range(self.lanes):
            enable = Signal(name=f"s1_enable{lane}")
            word = Signal(len(self.w_data[lane]), name=f"s1_data{lane}", reset_less=True)
            m.d.sync += enable.eq(0)
            candidates = [(start, (lane - start) % self.lanes) for start in starts]
            candidates = [(start, source) for start, source in candidates if source < self.inputs]
            fixed = len({source for _, source in candidates}) == 1
            if fixed:
                m.d.sync += word.eq(self.elements[candidates[0][1]])
            with m.Switch(self.lane):
                for start, source in candidates:
                    with m.Case(start):
                        m.d.sync += enable.eq(self.valid & used[source])
                        if not fixed:
                            m.d.sync += word.eq(self.elements[source])
            m.d.comb += [self.w_en[lane].eq(enable), self.w_data[lane].eq(word), self.w_address[lane].eq(address)]
            if spills:
                wraps = Signal(name=f"s1_wraps{lane}", reset_less=True)
                m.d.sync += wraps.eq(lane < self.lane)
                with m.If(wraps):
                    m.d.comb += self.w_address[lane].eq(following)
        if isinstance(platform, Proof):
            self._promise(platform.promises(m, self))
        return m

    def _promise(self, p):
        p.given("lane_is_a_start", Cat(*(self.lane == start for start in range(0, self.lanes, self.step))).any())
        p.given("count_in_range", self.count <= self.inputs)
        came = Signal(name="came")
        p.m.d.sync += came.eq(self.valid)
        lane, count = p.before(self.lane, name="came_lane"), p.before(self.count, name="came_count")
        address, elements = p.before(self.address, name="came_address"), p.before(self.elements, name="came_elements")
        for at in range(self.lanes):
            # The element that belongs here, if the group has so many: the one after as many as there are lanes between.
            number = Mux(lane <= at, at - lane, at + self.lanes - lane).as_unsigned()
            mine = came & (number < count)
            word = (address + (lane > at))[: len(address)]
            element = elements.word_select(number, len(self.w_data[at]))
            p.always(f"lane{at}_is_written_if_it_has_an_element", self.w_en[at] == mine)
            p.always(f"lane{at}_gets_its_element", ~mine | (self.w_data[at] == element))
            p.always(f"lane{at}_gets_it_in_its_word", ~mine | (self.w_address[at] == word))
        p.reached("whole_group", came & (count == self.inputs))
        if self.inputs > self.step:
            p.reached("group_that_runs_over", came & (lane + count > self.lanes))
