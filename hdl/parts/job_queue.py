"""Job registers, the check of a START, and the queue of accepted jobs."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hdl.parts.hierarchy import place
from hdl.parts.memory import Table
from hdl.parts.registers import ERROR_BITS, NUMBER_BITS, ErrorCode, field_error

__all__ = ["INDEX_BITS", "JobQueue", "slot_bits", "wrapping_increment"]

INDEX_BITS = 6


def slot_bits(slots: int) -> int:
    """Width of a slot's number: at least 1."""
    return max(1, (slots - 1).bit_length())


def wrapping_increment(pointer, slots: int):
    """The slot after ``pointer``."""
    if slots & (slots - 1) == 0 and slots > 1:
        return (pointer + 1)[: len(pointer)]
    return Mux(pointer == slots - 1, 0, (pointer + 1)[: len(pointer)])


class JobQueue(wiring.Component):
    """Takes a copy of the job registers at each good START and gives the copies out in order.

    The copy is on ``job`` in the cycle after ``start`` (``latency`` = 1); a START per cycle is taken. The registers are
    written by the host alone, so they keep their values through START and through resets. The copies live in a `Table`
    of ``slots`` words.

    Parameters
    ----------
    fields : tuple of Field
        The job registers.
    slots : int
        Jobs in flight at most, 1 or more.

    Members
    -------
    w_en, w_index, w_data : In(1), In(6), In(32)
        Writes job register ``w_index``.
    start : In(1)
        Judge the registers, and queue them if they are good and a slot is free.
    retire : In(1)
        A job has left the core: its slot is free from the next cycle on.
    accepted, refused : Out(1)
        What becomes of ``start``, in the same cycle.
    code : Out(8)
        Why it is refused.
    slot : Out
        The slot of an accepted job.
    free : Out
        Free slots.
    number : Out(16)
        Number of the next job.
    job : Out(stream)
        ``slot`` and every field.
    """

    latency = 1

    def __init__(self, *, fields, slots):
        if slots < 1:
            raise ValueError(f"the job queue needs at least one slot, not {slots!r}")
        self.fields = tuple(fields)
        self.slots = slots
        self.key = (self.fields, slots)
        bits = slot_bits(slots)
        super().__init__({
            "w_en": In(1),
            "w_index": In(INDEX_BITS),
            "w_data": In(32),
            "start": In(1),
            "retire": In(1),
            "accepted": Out(1),
            "refused": Out(1),
            "code": Out(ERROR_BITS),
            "slot": Out(bits),
            "free": Out(slots.bit_length(), init=slots),
            "number": Out(NUMBER_BITS, init=1),
            "job": Out(stream.Signature(data.StructLayout({"slot": bits, **{f.name: f.bits for f in self.fields}}))),
        })

    def elaborate(self, platform):
        m = Module()
        registers = {f.name: Signal(f.bits, name=f"reg_{f.name}", reset_less=True) for f in self.fields}
        with m.If(self.w_en), m.Switch(self.w_index):
            for k, f in enumerate(self.fields):
                with m.Case(k):
                    m.d.sync += registers[f.name].eq(self.w_data)

        # The first field out of its range, in register order, gives the code; a full queue comes before all fields.
        code = ErrorCode.NONE
        for k, f in reversed(list(enumerate(self.fields))):
            bad = Signal(name=f"bad_{f.name}")
            tests = [registers[f.name] < f.low] if f.low > 0 else []
            tests += [registers[f.name] > f.high] if f.high < (1 << f.bits) - 1 else []
            if tests:
                m.d.comb += bad.eq(tests[0] if len(tests) == 1 else tests[0] | tests[1])
                code = Mux(bad, field_error(k), code)
        m.d.comb += [
            self.code.eq(Mux(self.free == 0, ErrorCode.QUEUE_FULL, code)),
            self.accepted.eq(self.start & (self.code == ErrorCode.NONE)),
            self.refused.eq(self.start & (self.code != ErrorCode.NONE)),
        ]

        head = Signal(self.slot.shape())
        tail = Signal(self.slot.shape())
        waiting = Signal(range(self.slots + 1))
        taken = self.job.valid & self.job.ready
        with m.If(self.accepted):
            m.d.sync += [head.eq(wrapping_increment(head, self.slots)), self.number.eq(self.number + 1)]
        with m.If(taken):
            m.d.sync += tail.eq(wrapping_increment(tail, self.slots))
        with m.If(self.accepted & ~taken):
            m.d.sync += waiting.eq(waiting + 1)
        with m.Elif(taken & ~self.accepted):
            m.d.sync += waiting.eq(waiting - 1)
        with m.If(self.accepted & ~self.retire):
            m.d.sync += self.free.eq(self.free - 1)
        with m.Elif(self.retire & ~self.accepted):
            m.d.sync += self.free.eq(self.free + 1)

        layout = data.StructLayout({f.name: f.bits for f in self.fields})
        table = place(m, platform, "table", Table(layout, self.slots))
        m.d.comb += [
            table.w_address.eq(head),
            table.w_en.eq(self.accepted),
            table.r_address0.eq(tail),
            self.slot.eq(head),
            self.job.valid.eq(waiting != 0),
            self.job.payload.slot.eq(tail),
        ]
        m.d.comb += [table.w_data[f.name].eq(registers[f.name]) for f in self.fields]
        m.d.comb += [self.job.payload[f.name].eq(table.r_data0[f.name]) for f in self.fields]
        return m
