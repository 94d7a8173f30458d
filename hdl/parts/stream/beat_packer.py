"""Groups of neighbouring results become beats."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["BeatPacker"]


class BeatPacker(wiring.Component):
    """Puts groups of ``lanes`` codes side by side until a beat is full or its row ends: 1 cycle, a group per cycle.

    Parameters
    ----------
    code_bits : int
        Width of a code at the port.
    containers : tuple of int
        Distinct widths that a result may have in a beat; a code that is narrower gets copies of its sign.
    lanes, beat_bytes : int
        Whole groups of every width make up a beat.

    Members
    -------
    valid : In(1)
    codes : In, ``lanes`` codes
    used : In(lanes)
        Which of them are in the row; others become zeros.
    size : In
        Place of the results' width in ``containers``; not read if there is only one.
    place : In
        Place of the group in the beat, from 0 on.
    ends : In(1)
        The beat is complete with this group.
    o_valid, o : Out
        A complete beat, for a cycle.
    """

    latency = 1

    def __init__(self, code_bits, containers, lanes, beat_bytes):
        self.code_bits = code_bits
        self.containers = tuple(containers)
        self.lanes = lanes
        self.beat_bytes = beat_bytes
        self.places = max(8 * beat_bytes // (bits * lanes) for bits in self.containers)
        self.key = (code_bits, self.containers, lanes, beat_bytes)
        super().__init__(
            {
                "valid": In(1),
                "codes": In(data.ArrayLayout(code_bits, lanes)),
                "used": In(lanes),
                "size": In(range(max(2, len(self.containers)))),
                "place": In(range(max(2, self.places))),
                "ends": In(1),
                "o_valid": Out(1),
                "o": Out(8 * beat_bytes),
            }
        )

    def elaborate(self, platform):
        m = Module()
        beat = Signal(8 * self.beat_bytes, reset_less=True, name="beat")
        following = Signal.like(beat, name="following")
        m.d.comb += [following.eq(Mux(self.place == 0, 0, beat)), self.o.eq(beat)]
        with m.Switch(self.size if len(self.containers) > 1 else 0):
            for number, bits in enumerate(self.containers):
                with m.Case(number):
                    self._place(m, bits, following)
        m.d.sync += self.o_valid.eq(self.valid & self.ends)
        with m.If(self.valid):
            m.d.sync += beat.eq(following)
        return m

    def _place(self, m, bits, following):
        """The group in containers of ``bits``, at its place in the beat."""
        group = Signal(self.lanes * bits, name=f"group{bits}")
        for lane in range(self.lanes):
            code = self.codes[lane]
            if bits > len(code):
                code = code.as_signed()
            with m.If(self.used[lane]):
                m.d.comb += group[lane * bits : (lane + 1) * bits].eq(code)
        with m.Switch(self.place):
            for place in range(8 * self.beat_bytes // len(group)):
                with m.Case(place):
                    m.d.comb += following[place * len(group) : (place + 1) * len(group)].eq(group)
