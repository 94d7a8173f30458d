"""Rows that come in beats, into a banked buffer."""

import math

from amaranth.hdl import Module, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.parts.array.lanes import LaneWriter, moved
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.memory.ram import address_bits
from attnforge.hdl.parts.stream.beat import WidthConverter

__all__ = ["RowWriter"]


class RowWriter(wiring.Component):
    """Spreads the rows of a matrix over ``lanes`` memories, one beat after the other: 2 cycles.

    Element ``e`` of a row goes to lane ``e mod lanes``, into word ``e div lanes`` of the row. A beat takes one cycle,
    or as many as it has pieces of ``lanes`` elements, while which it stands still. All that comes is a register first,
    but for ``done``: whoever feeds this part may decide late in the cycle that a beat is valid.

    Parameters
    ----------
    beat_elements, element_bits : int
        Elements of a beat, and their width.
    lanes : int
    depth : int
        Words of a memory.

    Members
    -------
    restart, start : In
        What comes in the next cycle is the first beat of a row that begins at word ``start``.
    stride : In
        Words from this row to the next.
    valid, elements, count, ends : In
        A beat, how many of its elements are used, and whether its row ends with it.
    done : Out(1)
        The beat at hand is in its last cycle.
    w_en : Out(lanes)
    w_address, w_data : Out, ``lanes`` of each
    """

    latency = 1 + LaneWriter.latency

    def __init__(self, beat_elements, element_bits, lanes, depth):
        self.beat_elements = beat_elements
        self.element_bits = element_bits
        self.lanes = lanes
        self.inputs = min(beat_elements, lanes)
        self.key = (beat_elements, element_bits, lanes, depth)
        self.address_bits = width = address_bits(depth)
        super().__init__(
            {
                "restart": In(1),
                "start": In(width),
                "stride": In(width),
                "valid": In(1),
                "elements": In(data.ArrayLayout(element_bits, beat_elements)),
                "count": In(range(beat_elements + 1)),
                "ends": In(1),
                "done": Out(1),
                "w_en": Out(lanes),
                "w_address": Out(data.ArrayLayout(width, lanes)),
                "w_data": Out(data.ArrayLayout(element_bits, lanes)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        step = math.gcd(self.beat_elements, self.lanes)
        writer = place(
            m, platform, "writer", LaneWriter(self.lanes, self.inputs, self.element_bits, self.address_bits, step)
        )
        # The piece at hand, and what follows it.
        s1_valid = Signal(name="s1_valid")
        s1_elements = Signal(writer.elements.shape(), name="s1_elements", reset_less=True)
        s1_count = Signal.like(writer.count, name="s1_count", reset_less=True)
        s1_done, s1_ends, s1_restart = (Signal(name=f"s1_{n}", reset_less=True) for n in ("done", "ends", "restart"))
        s1_start, s1_stride = (Signal(self.address_bits, name=f"s1_{n}", reset_less=True) for n in ("start", "stride"))
        if self.inputs == self.beat_elements:
            m.d.sync += [s1_elements.eq(self.elements), s1_count.eq(self.count)]
            m.d.comb += self.done.eq(1)
        else:
            pieces = place(m, platform, "pieces", WidthConverter(self.element_bits, self.beat_elements, self.inputs))
            piece = pieces.o.payload
            m.d.comb += [
                pieces.i.payload.data.eq(self.elements),
                pieces.i.payload.count.eq(self.count),
                pieces.i.valid.eq(self.valid),
                pieces.o.ready.eq(1),
                self.done.eq(piece.last),
            ]
            m.d.sync += [s1_elements.eq(piece.data), s1_count.eq(piece.count)]
        m.d.sync += [
            s1_valid.eq(self.valid),
            s1_done.eq(self.done),
            s1_ends.eq(self.ends),
            s1_restart.eq(self.restart),
            s1_start.eq(self.start),
            s1_stride.eq(self.stride),
        ]

        # Where the row, the beat and the piece begin.
        row, beat_word, word = (
            Signal(self.address_bits, name=name, reset_less=True) for name in ("row", "beat_word", "word")
        )
        beat_lane, lane = (Signal(range(max(2, self.lanes)), name=n, reset_less=True) for n in ("beat_lane", "lane"))
        next_row = Signal.like(row, name="next_row")
        m.d.comb += [
            next_row.eq(row + s1_stride),
            writer.valid.eq(s1_valid),
            writer.elements.eq(s1_elements),
            writer.count.eq(s1_count),
            writer.address.eq(word),
            writer.lane.eq(lane),
            self.w_en.eq(writer.w_en),
            self.w_address.eq(writer.w_address),
            self.w_data.eq(writer.w_data),
        ]

        def go(word_now, lane_now, *, beat):
            m.d.sync += [word.eq(word_now), lane.eq(lane_now)]
            if beat:
                m.d.sync += [beat_word.eq(word_now), beat_lane.eq(lane_now)]

        with m.If(s1_valid):
            if self.inputs < self.beat_elements:
                go(*moved(word, lane, self.inputs, self.lanes), beat=False)
            with m.If(s1_done):
                go(*moved(beat_word, beat_lane, self.beat_elements, self.lanes), beat=True)
                with m.If(s1_ends):
                    go(next_row, 0, beat=True)
                    m.d.sync += row.eq(next_row)
        with m.If(s1_restart):
            go(s1_start, 0, beat=True)
            m.d.sync += row.eq(s1_start)
        return m
