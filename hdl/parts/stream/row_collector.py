"""Rows that take a beat or more each, as words of a banked memory."""

import math

from amaranth.hdl import Const, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.parts.arithmetic.select import select
from attnforge.hdl.parts.memory.ram import address_bits

__all__ = ["RowCollector"]


class RowCollector(wiring.Component):
    """Puts the beats of a row together and writes the row into one of ``lanes`` memories: 1 cycle, a beat per cycle.

    Row ``n`` goes to lane ``n mod lanes``, word ``n div lanes`` of the bank.

    Parameters
    ----------
    beat_bytes, row_bytes : int
        Every row starts with a new beat.
    lanes : int
    depth, banks : int
        Words of a bank in one lane, and banks.

    Members
    -------
    restart : In(1)
        The next beat is the first one of row 0.
    valid, beat, ends : In
        A beat, and whether it is the last of its row's ``beats``.
    bank : In
        Read in the cycle of a row's last beat.
    w_en : Out(lanes)
    w_address, w_data : Out
        The same for all lanes.
    """

    latency = 1

    def __init__(self, beat_bytes, row_bytes, lanes, depth, banks):
        self.beat_bytes = beat_bytes
        self.row_bytes = row_bytes
        self.lanes = lanes
        self.depth = depth
        self.banks = banks
        self.beats = math.ceil(row_bytes / beat_bytes)
        self.key = (beat_bytes, row_bytes, lanes, depth, banks)
        super().__init__(
            {
                "restart": In(1),
                "valid": In(1),
                "beat": In(data.ArrayLayout(8, beat_bytes)),
                "ends": In(1),
                "bank": In(address_bits(banks)),
                "w_en": Out(lanes),
                "w_address": Out(address_bits(depth * banks)),
                "w_data": Out(8 * row_bytes),
            }
        )

    def elaborate(self, platform):
        m = Module()
        bits = 8 * self.beat_bytes
        number = Signal(address_bits(self.beats), reset_less=True, name="number")
        row = Signal(self.beats * bits, reset_less=True, name="row")
        lane = Signal(self.lanes, init=1, name="lane")
        word = Signal(address_bits(self.depth), reset_less=True, name="word")
        row_taken = Signal(name="row_taken")
        m.d.comb += [
            row_taken.eq(self.valid & self.ends),
            self.w_data.eq(row),
        ]
        for beat in range(self.beats):
            with m.If(number == beat):
                m.d.sync += row[beat * bits : (beat + 1) * bits].eq(self.beat)
        m.d.sync += [
            self.w_en.eq(Mux(row_taken, lane, 0)),
            self.w_address.eq(word + select(self.bank, [Const(bank * self.depth) for bank in range(self.banks)])),
        ]
        with m.If(self.valid):
            m.d.sync += number.eq(Mux(self.ends, 0, number + 1))
        with m.If(row_taken):
            m.d.sync += lane.eq(lane.rotate_left(1))
            with m.If(lane[-1]):
                m.d.sync += word.eq(word + 1)
        with m.If(self.restart):
            m.d.sync += [number.eq(0), lane.eq(1), word.eq(0)]
        return m
