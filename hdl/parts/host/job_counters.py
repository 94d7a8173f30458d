"""What each job cost: cycles, stalls at both ends, products, and the design's own counts."""

from amaranth.hdl import Module, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.contract.registers import NUMBER_BITS
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.host.job_queue import slot_bits, wrapping_increment
from attnforge.hdl.parts.memory.ram import Table

__all__ = ["MACS_BITS", "JobCounters", "done_layout"]

MACS_BITS = 48


def done_layout(counters) -> data.StructLayout:
    """What a core tells when a job leaves it: see `attnforge.hdl.parts.host.front_end.HostFrontEnd`."""
    return data.StructLayout({"valid": 1, "dropped": 1, "macs": MACS_BITS, **{c.name: c.bits for c in counters}})


class JobCounters(wiring.Component):
    """Counts on behalf of all jobs in flight, and latches the counts of the job that leaves.

    The values change together, two cycles after ``done`` (``latency``). Jobs overlap, so what belongs to a job is kept
    by its slot: the time of its START, and how long the core waited for its operands. Results leave in order, so one
    count of waiting results is enough.

    Parameters
    ----------
    counters : tuple of Field
        Counters of the design.
    slots : int

    Members
    -------
    accepted, slot : In(1), In
        A START was accepted in this slot, in this cycle.
    starved, operand_last : In(1)
        The core takes an operand and none is there; the last operand beat of a job passes.
    blocked, result_last : In(1)
        A result beat waits; the last result beat of a job passes.
    done : In
        A job leaves, with or after its last result beat.
    total : Out(32)
        Free running, through ``clear``.
    number, cycles, stall_in, stall_out, macs, ... : Out
        The latched values.
    clear : In(1)
        Forget all jobs.
    """

    latency = 2

    def __init__(self, *, counters, slots):
        self.counters = tuple(counters)
        self.slots = slots
        self.key = (self.counters, slots)
        super().__init__({
            "accepted": In(1),
            "slot": In(slot_bits(slots)),
            "starved": In(1),
            "operand_last": In(1),
            "blocked": In(1),
            "result_last": In(1),
            "done": In(done_layout(self.counters)),
            "clear": In(1),
            "total": Out(32),
            "number": Out(NUMBER_BITS),
            "cycles": Out(32),
            "stall_in": Out(32),
            "stall_out": Out(32),
            "macs": Out(MACS_BITS),
            **{c.name: Out(c.bits) for c in self.counters},
        })

    def elaborate(self, platform):
        m = Module()
        m.d.sync += self.total.eq(self.total + 1)

        starts = place(m, platform, "starts", Table(32, self.slots))
        m.d.comb += [starts.w_address.eq(self.slot), starts.w_data.eq(self.total), starts.w_en.eq(self.accepted)]

        # Operands come job by job: one running count, put aside at each job's last beat.
        starved = Signal(32, name="starved")
        loading = Signal(slot_bits(self.slots), name="loading")
        stalls_in = place(m, platform, "stalls_in", Table(32, self.slots))
        m.d.comb += [
            stalls_in.w_address.eq(loading),
            stalls_in.w_data.eq(starved),
            stalls_in.w_en.eq(self.operand_last),
        ]
        with m.If(self.operand_last | self.clear):
            m.d.sync += starved.eq(0)
        with m.Elif(self.starved):
            m.d.sync += starved.eq(starved + 1)

        # The last result beat may come before `done`: what was true with it waits here.
        blocked = Signal(32, name="blocked")
        end = Signal(32, reset_less=True, name="end")
        end_blocked = Signal(32, reset_less=True, name="end_blocked")
        ends = self.result_last | (self.done.valid & self.done.dropped)
        with m.If(ends):
            m.d.sync += [end.eq(self.total), end_blocked.eq(blocked)]
        with m.If(ends | self.clear):
            m.d.sync += blocked.eq(0)
        with m.Elif(self.blocked):
            m.d.sync += blocked.eq(blocked + 1)

        latched = {name: Signal.like(getattr(self, name), name=f"latched_{name}", reset_less=True)
                   for name in ("cycles", "stall_in", "stall_out", "macs", *(c.name for c in self.counters))}
        m.d.comb += [getattr(self, name).eq(value) for name, value in latched.items()]
        leaving = Signal(slot_bits(self.slots), name="leaving")
        s1_done = Signal(self.done.shape(), reset_less=True, name="s1_done")
        s1_valid = Signal(name="s1_valid")
        m.d.sync += [s1_valid.eq(self.done.valid & ~self.clear), s1_done.eq(self.done)]
        m.d.comb += [starts.r_address0.eq(leaving), stalls_in.r_address0.eq(leaving)]
        with m.If(s1_valid):
            m.d.sync += [
                self.number.eq(self.number + 1),
                latched["cycles"].eq(end - starts.r_data0),
                latched["stall_in"].eq(stalls_in.r_data0),
                latched["stall_out"].eq(end_blocked),
                latched["macs"].eq(s1_done.macs),
                leaving.eq(wrapping_increment(leaving, self.slots)),
            ]
            m.d.sync += [latched[c.name].eq(s1_done[c.name]) for c in self.counters]

        with m.If(self.operand_last):
            m.d.sync += loading.eq(wrapping_increment(loading, self.slots))
        with m.If(self.clear):
            m.d.sync += [self.number.eq(0), leaving.eq(0), loading.eq(0)]
        return m
