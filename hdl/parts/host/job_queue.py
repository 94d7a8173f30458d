"""Job registers, the check of a START, and the queue of accepted jobs."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.contract.registers import ERROR_BITS, NUMBER_BITS, ErrorCode, field_error
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.memory.ram import Table
from attnforge.hdl.parts.proof import Passage, Proof, wrapped

__all__ = ["INDEX_BITS", "JobQueue", "job_layout", "slot_bits", "wrapping_increment"]

INDEX_BITS = 6
INTERFACE_BITS = 32  # of a word of the register port


def slot_bits(slots: int) -> int:
    """Width of a slot's number: at least 1."""
    return max(1, (slots - 1).bit_length())


def job_layout(fields, slots: int) -> data.StructLayout:
    """An accepted job: its slot, and its registers."""
    return data.StructLayout({"slot": slot_bits(slots), **{f.name: f.bits for f in fields}})


def wrapping_increment(pointer, slots: int):
    """The slot after ``pointer``."""
    if slots & (slots - 1) == 0 and slots > 1:
        return (pointer + 1)[: len(pointer)]
    return Mux(pointer == slots - 1, 0, (pointer + 1)[: len(pointer)])


def _outside(field, word):
    """Whether a word of ``field``, as `_word` makes it, is out of its range; tests that say nothing are left out."""
    value = word[: field.bits]
    tests = [value < field.low] if field.low > 0 else []
    tests += [value > field.high] if field.high < (1 << field.bits) - 1 else []
    return Cat(*tests, word[field.bits :]).any()


def _word(field, written):
    """What is kept of 32 written bits: those of ``field``, and above them one that says whether others were set."""
    return Cat(written[: field.bits], written[field.bits :].any()) if field.bits < len(written) else written


class JobQueue(wiring.Component):
    """Takes a copy of the job registers at each good START and gives the copies out in order.

    The copy is on ``job`` in the cycle after ``start`` (``latency`` = 1); a START per cycle is taken. The registers are
    written by the host alone, so they keep their values through START and through resets. A register has one bit above
    its width, for all written bits that it has no room for. The copies live in a `Table` of ``slots`` words.

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
            "w_data": In(INTERFACE_BITS),
            "start": In(1),
            "retire": In(1),
            "accepted": Out(1),
            "refused": Out(1),
            "code": Out(ERROR_BITS),
            "slot": Out(bits),
            "free": Out(slots.bit_length(), init=slots),
            "number": Out(NUMBER_BITS, init=1),
            "job": Out(stream.Signature(job_layout(self.fields, slots))),
        })

    def elaborate(self, platform):
        m = Module()
        above = self._bits_above(m)
        registers, bad = {}, {}
        for k, f in enumerate(self.fields):
            word = Cat(self.w_data[: f.bits], above[f.bits]) if f.bits in above else self.w_data
            registers[f.name] = register = Signal(len(word), name=f"reg_{f.name}", reset_less=True)
            written = Signal(name=f"writes_{f.name}")
            m.d.comb += written.eq(self.w_en & (self.w_index == k))
            with m.If(written):
                m.d.sync += register.eq(word)
            # START is late in the cycle, so the check is made beforehand. It is made in every cycle and not at writes
            # alone, for a register that nobody has written yet holds anything.
            if f.low > 0 or f.high < (1 << f.bits) - 1:
                bad[k] = Signal(name=f"bad_{f.name}", init=f.low > 0, reset_less=True)
                m.d.sync += bad[k].eq(Mux(written, _outside(f, word), _outside(f, register)))
            elif f.bits in above:
                bad[k] = register[f.bits]

        # The first field out of its range, in register order, gives the code; a full queue comes before all fields.
        code = ErrorCode.NONE
        for k, flag in reversed(bad.items()):
            code = Mux(flag, field_error(k), code)
        good = Signal(name="good")
        m.d.comb += [
            good.eq((self.free != 0) & ~Cat(*bad.values()).any()),
            self.code.eq(Mux(self.free == 0, ErrorCode.QUEUE_FULL, code)),
            self.accepted.eq(self.start & good),
            self.refused.eq(self.start & ~good),
        ]

        head = Signal(self.slot.shape(), name="head")
        tail = Signal(self.slot.shape(), name="tail")
        waiting = Signal(range(self.slots + 1), name="waiting")
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
        # A second reader lets a proof look at the job that it watches.
        table = place(m, platform, "table", Table(layout, self.slots, readers=1 + isinstance(platform, Proof)))
        m.d.comb += [
            table.w_address.eq(head),
            table.w_en.eq(self.accepted),
            table.r_address0.eq(tail),
            self.slot.eq(head),
            self.job.valid.eq(waiting != 0),
            self.job.payload.slot.eq(tail),
        ]
        m.d.comb += [table.w_data[f.name].eq(registers[f.name][: f.bits]) for f in self.fields]
        m.d.comb += [self.job.payload[f.name].eq(table.r_data0[f.name]) for f in self.fields]
        if isinstance(platform, Proof):
            p = platform.promises(m, self)
            written = self._promise_judgement(p, registers, bad)
            passage = self._promise_jobs(p, written, waiting, tail, table)
            self._promise_slots(p, passage, head, tail)
        return m

    def _bits_above(self, m):
        """For each width of a register whether a written bit above it is set; wider ones go into narrower ones."""
        above, upper = {}, INTERFACE_BITS
        for bits in sorted({f.bits for f in self.fields} - {INTERFACE_BITS}, reverse=True):
            above[bits] = Signal(name=f"above_{bits}_bits")
            m.d.comb += above[bits].eq(Cat(self.w_data[bits:upper], above.get(upper, 0)).any())
            upper = bits
        return above

    def _promise_judgement(self, p, registers, flags):
        """A START is judged by all 32 bits that the host wrote last, whatever else has happened since."""
        written = []
        for k, f in enumerate(self.fields):
            last = Signal(INTERFACE_BITS, name=f"written_{f.name}", reset_less=True)
            p.begins(_word(f, last), registers[f.name])
            with p.m.If(self.w_en & (self.w_index == k)):
                p.m.d.sync += last.eq(self.w_data)
            p.lemma(f"register_{f.name}", registers[f.name] == _word(f, last))
            written.append(last)
        bad = Cat(*((last < f.low) | (last > f.high) for last, f in zip(written, self.fields, strict=True)))
        for k, flag in flags.items():
            p.lemma(f"flag_of_{self.fields[k].name}", flag == bad[k])
        good = (self.free != 0) & ~bad.any()
        p.always("accepted_if_good_and_room", self.accepted == (self.start & good))
        p.always("refused_otherwise", self.refused == (self.start & ~good))
        p.always("full_queue_is_told", (self.free != 0) | (self.code == ErrorCode.QUEUE_FULL))
        for k, f in enumerate(self.fields):
            first = (self.free != 0) & bad[k] & ~bad[:k].any()
            p.always(f"bad_{f.name}_is_told", ~first | (self.code == field_error(k)))
        number = Signal(NUMBER_BITS, name="accepted_before", init=1)
        p.m.d.sync += number.eq(number + self.accepted)
        p.always("number_counts_accepted", self.number == number)
        return written

    def _promise_jobs(self, p, written, waiting, tail, table):
        """Each accepted START is one job, in order, made of the registers of its own cycle alone."""
        item = Cat(self.slot, *(last[: f.bits] for last, f in zip(written, self.fields, strict=True)))
        passage = Passage(p, arrives=self.accepted, item=item, o=self.job, capacity=self.slots)
        p.stream("job", self.job)
        at = wrapped(tail + passage.ahead, self.slots)
        p.m.d.comb += table.r_address1.eq(at)
        p.lemma("waiting", waiting == passage.held)
        p.lemma("watched", ~passage.watching | (passage.watched == Cat(at[: len(self.slot)], table.r_data1.as_value())))
        return passage

    def _promise_slots(self, p, passage, head, tail):
        """Free slots are those of no job in flight, and a job has its slot for itself until it retires."""
        m = p.m
        taken = self.job.valid & self.job.ready
        in_flight = Signal(range(self.slots + 2), name="in_flight")
        m.d.sync += in_flight.eq(in_flight + self.accepted - self.retire)
        self.in_core = in_flight - passage.held + taken  # jobs that can retire; the parent's assumptions need it
        p.given("retire_of_a_taken_job", ~self.retire | (self.in_core != 0))
        p.always("no_more_jobs_than_slots", in_flight <= self.slots)
        p.always("free_slots_are_of_no_job", self.free == self.slots - in_flight)

        oldest = Signal.like(self.slot, name="oldest")
        seated, seat = Signal(name="seated"), Signal.like(self.slot, name="seat", reset_less=True)
        older = Signal(range(self.slots + 1), name="older")
        with m.If(self.retire):
            m.d.sync += oldest.eq(wrapped(oldest + 1, self.slots))
        with m.If(seated):
            m.d.sync += [older.eq(older - self.retire), seated.eq(~self.retire | (older != 0))]
        with m.Elif(self.accepted & p.anything()):
            m.d.sync += [seated.eq(1), seat.eq(self.slot), older.eq(in_flight - self.retire)]
        p.always("slot_is_of_no_other_job", ~self.accepted | ~seated | (self.slot != seat))
        p.always("slot_exists", self.slot < self.slots)
        p.lemma("pointers_exist", (oldest < self.slots) & (tail < self.slots))
        p.lemma("jobs_are_in_flight", passage.held <= in_flight)
        p.lemma("head", head == wrapped(oldest + in_flight, self.slots))
        p.lemma("tail", head == wrapped(tail + passage.held, self.slots))
        p.lemma("seat", ~seated | ((older < in_flight) & (seat == wrapped(oldest + older, self.slots))))
        p.reached("all_slots_in_flight_and_none_waits", (in_flight == self.slots) & (passage.held == 0))
        p.reached("refused_when_full", self.refused & (in_flight == self.slots))
