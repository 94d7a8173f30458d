"""The host front end that all designs share: register port, job queue, counters and errors."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.contract.registers import ERROR_BITS, NUMBER_BITS, Page, RegisterMap
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.host.csr import CsrSignature
from attnforge.hdl.parts.host.job_counters import JobCounters, done_layout
from attnforge.hdl.parts.host.job_queue import INDEX_BITS, JobQueue, job_layout
from attnforge.hdl.parts.proof import Proof
from attnforge.hdl.parts.stream.beat import Beat

__all__ = ["CsrSignature", "HostFrontEnd", "core_members", "host_members"]

START, SOFT_RESET, CLEAR_ERROR = range(3)


def host_members(beat_bytes) -> dict:
    """The ports of every design's top, seen from the host's side: registers, operands and results."""
    beats = stream.Signature(Beat(beat_bytes))
    return {"csr": In(CsrSignature()), "i": In(beats), "o": Out(beats)}


def core_members(*, fields, slots, counters, beat_bytes) -> dict:
    """The ports by which every accelerator meets its `HostFrontEnd`, which says what they are."""
    beats = stream.Signature(Beat(beat_bytes))
    return {
        "job": In(stream.Signature(job_layout(fields, slots))),
        "operand": In(beats),
        "result": Out(beats),
        "fault": Out(data.StructLayout({"valid": 1, "code": ERROR_BITS})),
        "done": Out(done_layout(counters)),
    }


class HostFrontEnd(wiring.Component):
    """Stands between the host and a core: accepts jobs, counts what they cost, and passes both streams through.

    A job is on ``job`` in the cycle after the write of START (``start_latency`` = 1). Streams pass without a register;
    operands wait until their job's START has been accepted. A START per cycle, a beat per cycle each way. The interface
    is contract 2 of docs/architecture.md.

    Parameters
    ----------
    registers : RegisterMap
        Made from the same fields and counters by `attnforge.hdl.contract.registers.register_map`.
    fields : tuple of Field
        The job registers.
    slots : int
        Jobs in flight at most (START accepted, ``done`` not yet seen).
    counters : tuple of Field
        Per-job counters of this design.
    beat_bytes : int

    Members
    -------
    csr : In(CsrSignature())
    i : In(stream.Signature(Beat(beat_bytes)))
        Operands from the host.
    o : Out(stream.Signature(Beat(beat_bytes)))
        Results to the host.
    core_reset : Out(1)
        Empties the core: a pulse in the cycle after the write of SOFT_RESET. No stream moves in that cycle.
    job : Out(stream)
        Accepted jobs in order: ``slot``, the number of the job's slot, and every field.
    operand : Out(stream.Signature(Beat(beat_bytes)))
        ``i``, for the core. Every job takes the beats up to and with one ``last``, a good job or not.
    result : In(stream.Signature(Beat(beat_bytes)))
        From the core; ``last`` on the final beat of every job that is not dropped.
    fault : In
        ``valid`` in the cycle in which the offending operand beat passes; ``code`` is EARLY_LAST or MISSING_LAST.
    done : In
        A job leaves, jobs in order. Not before its last operand beat and its last result beat pass (the same cycle is
        good), and not after the next job's last result beat. ``dropped`` says that it gave no results. ``macs`` and
        the design's counters are the job's.
    """

    start_latency = 1
    # From a job's last result beat to a START in its slot: JOB_NUMBER changes, a host that reads it in every cycle gets
    # it one cycle later, and answers two cycles after that.
    restart_latency = JobCounters.latency + 1 + 2

    def __init__(self, *, registers, fields, slots, counters, beat_bytes):
        fields, counters = tuple(fields), tuple(counters)
        if not 1 <= slots <= 255:
            raise ValueError(f"slots is a number from 1 to 255, not {slots!r}")
        if not isinstance(registers, RegisterMap):
            raise TypeError(f"registers is a RegisterMap, not {registers!r}")
        if [(f.name.upper(), f.bits, f.low, f.high) for f in fields] != [
            (r.name, r.bits, r.low, r.high) for r in registers.job_registers
        ]:
            raise ValueError(f"the register map of {registers.design} has other job registers than the fields given")
        if [c.name.upper() for c in counters] != [r.name for r in registers.counters[-len(counters):] if counters]:
            raise ValueError(f"the register map of {registers.design} has other counters than those given")
        if (registers["JOB_SLOTS"].value, registers["BEAT_BYTES"].value) != (slots, beat_bytes):
            raise ValueError(f"the register map of {registers.design} is for other slots or beat_bytes")
        self.registers = registers
        self.fields = fields
        self.slots = slots
        self.counters = counters
        self.beat_bytes = beat_bytes
        self.key = (registers, fields, slots, counters, beat_bytes)
        core = core_members(fields=fields, slots=slots, counters=counters, beat_bytes=beat_bytes)
        super().__init__({
            **host_members(beat_bytes),
            "core_reset": Out(1),
            **{name: member.flip() for name, member in core.items()},
        })

    def elaborate(self, platform):
        m = Module()
        command = Signal(3, name="command")
        control = self.registers["CONTROL"].offset
        with m.If(self.csr.w_en & (self.csr.addr[2:] == control >> 2)):
            m.d.comb += command.eq(self.csr.w_data)
        clear = command[SOFT_RESET]
        m.d.sync += self.core_reset.eq(clear)
        # The core is still full while `core_reset` is up: nothing that it says counts.
        live = ~self.core_reset

        queue = place(m, platform, "queue", JobQueue(fields=self.fields, slots=self.slots), reset=clear)
        done = self.done.valid & live
        m.d.comb += [
            queue.w_en.eq(self.csr.w_en & (self.csr.addr[2 + INDEX_BITS :] == Page.JOB >> 2 + INDEX_BITS)),
            queue.w_index.eq(self.csr.addr[2:]),
            queue.w_data.eq(self.csr.w_data),
            queue.start.eq(command[START] & ~clear),
            queue.retire.eq(done),
        ]
        m.d.comb += [
            self.job.payload.eq(queue.job.payload),
            self.job.valid.eq(queue.job.valid),
            queue.job.ready.eq(self.job.ready),
        ]

        owing = Signal(range(self.slots + 1), name="owing")  # accepted jobs whose last operand beat has not passed
        wanted = Signal(name="wanted")  # there are some
        operand_last = self.operand.valid & self.operand.ready & self.operand.payload.last
        with m.If(clear):
            m.d.sync += [owing.eq(0), wanted.eq(0)]
        with m.Elif(queue.accepted & ~operand_last):
            m.d.sync += [owing.eq(owing + 1), wanted.eq(1)]
        with m.Elif(operand_last & ~queue.accepted):
            m.d.sync += [owing.eq(owing - 1), wanted.eq(owing != 1)]
        m.d.comb += [
            self.operand.payload.eq(self.i.payload),
            self.operand.valid.eq(self.i.valid & wanted),
            self.i.ready.eq(self.operand.ready & wanted),
            self.o.payload.eq(self.result.payload),
            self.o.valid.eq(self.result.valid & live),
            self.result.ready.eq(self.o.ready),
        ]

        count = place(m, platform, "count", JobCounters(counters=self.counters, slots=self.slots))
        m.d.comb += [
            count.accepted.eq(queue.accepted),
            count.slot.eq(queue.slot),
            count.starved.eq(self.operand.ready & wanted & ~self.i.valid),
            count.operand_last.eq(operand_last),
            count.blocked.eq(self.o.valid & ~self.o.ready),
            count.result_last.eq(self.o.valid & self.o.ready & self.o.payload.last),
            count.done.eq(self.done),
            count.done.valid.eq(done),
            count.clear.eq(clear),
        ]

        code = Signal(ERROR_BITS, name="code")
        number = Signal(NUMBER_BITS, reset_less=True, name="number")
        fault = self.fault.valid & live
        free_to_set = (code == 0) | command[CLEAR_ERROR]
        with m.If(clear):
            m.d.sync += code.eq(0)
        with m.Elif(free_to_set):
            m.d.sync += code.eq(Mux(fault, self.fault.code, Mux(queue.refused, queue.code, 0)))
            # A fault is known late in the cycle.
            m.d.sync += number.eq(Mux(fault, queue.number - owing, queue.number))

        words = {
            "STATUS": {"BUSY": queue.free != self.slots, "FAILED": code != 0, "FREE_SLOTS": queue.free,
                       "NEXT_NUMBER": queue.number},
            "ERROR": {"CODE": code, "NUMBER": Mux(code != 0, number, 0)},
            "TOTAL_CYCLES": count.total,
            "JOB_NUMBER": count.number,
            "JOB_CYCLES": count.cycles,
            "JOB_STALL_IN": count.stall_in,
            "JOB_STALL_OUT": count.stall_out,
            "JOB_MACS_LO": count.macs[:32],
            "JOB_MACS_HI": count.macs[32:],
            **{c.name.upper(): getattr(count, c.name) for c in self.counters},
        }
        self._read_port(m, words)
        if isinstance(platform, Proof):
            self._promise(platform.promises(m, self), queue, clear, owing, wanted)
        return m

    def _promise(self, p, queue, clear, owing, wanted):
        """Both streams pass as they are, operands to accepted jobs alone; the queue sees what the host writes."""
        def moves(port):
            return port.valid & port.ready

        m, core_reset = p.m, self.core_reset
        operand_last = moves(self.operand) & self.operand.payload.last
        p.given_stream("i", self.i)
        p.given_stream("result", self.result, cut=core_reset)
        loaded = self.slots - queue.free - owing + operand_last
        p.given("done_of_a_loaded_job", ~self.done.valid | core_reset | ((queue.in_core != 0) & (loaded > 0)))

        due = Signal(range(self.slots + 2), name="due")  # jobs that were accepted and have not seen their last beat
        m.d.sync += due.eq(Mux(clear, 0, due + queue.accepted - operand_last))
        p.always("operands_wait_for_their_job", self.operand.valid == (self.i.valid & (due != 0)))
        p.always("operands_pass", moves(self.i) == moves(self.operand))
        p.always("operands_pass_unchanged", ~self.operand.valid | (self.operand.payload == self.i.payload))
        p.always("results_pass", self.o.valid == (self.result.valid & ~core_reset))
        p.always("results_pass_unchanged", self.o.payload.as_value() == self.result.payload.as_value())
        p.always("results_leave_once", core_reset | (moves(self.o) == moves(self.result)))
        p.always("nothing_moves_in_core_reset", ~core_reset | ~(moves(self.i) | moves(self.o) | moves(self.job)))
        for name, port in (("operand", self.operand), ("o", self.o), ("job", self.job)):
            p.stream(name, port, cut=clear)

        def written(name):
            return self.csr.w_en & (self.csr.addr[2:] == self.registers[name].offset >> 2)

        start = written("CONTROL") & (self.csr.w_data[:2] == 1 << START)
        p.always("start_is_the_bit_start_alone", queue.start == start)
        for k, f in enumerate(self.fields):
            takes = queue.w_en & (queue.w_index == k)
            same = ~takes | (queue.w_data == self.csr.w_data)
            p.always(f"register_{f.name}_is_written_at_its_address", (takes == written(f.name.upper())) & same)
        same = self.job.payload.as_value() == queue.job.payload.as_value()
        p.always("jobs_pass", (self.job.valid == queue.job.valid) & (moves(self.job) == moves(queue.job)))
        p.always("jobs_pass_unchanged", same)
        p.always("retires_when_done", queue.retire == (self.done.valid & ~core_reset))
        p.lemma("owing", owing == due)
        p.lemma("wanted", wanted == (owing != 0))
        p.lemma("owing_jobs_are_in_flight", owing <= self.slots - queue.free)
        p.reached("soft_reset", core_reset)
        p.reached("all_slots_in_flight", (queue.free == 0) & moves(self.operand))

    def _read_port(self, m, words):
        """Reading: a tree of 2:1 multiplexers that ignores addresses without a register, and a reset for those."""
        readable = {
            r.offset >> 2: self._word(r, words) for r in self.registers.registers if r.access == "r" and r.value != 0
        }
        index = self.csr.addr[2:]
        hit = Signal(name="hit")
        with m.Switch(index), m.Case(*readable):
            m.d.comb += hit.eq(1)
        with m.If(self.csr.r_en):
            m.d.sync += self.csr.r_data.eq(Mux(hit, self._tree(readable, index), 0))

    @classmethod
    def _tree(cls, words, index):
        if len(words) == 1:
            return next(iter(words.values()))
        bit = len(index) - 1
        low, high = ({at: word for at, word in words.items() if at >> bit & 1 == side} for side in (0, 1))
        if not (low and high):
            return cls._tree(words, index[:bit])
        return Mux(index[bit], cls._tree(high, index[:bit]), cls._tree(low, index[:bit]))

    @staticmethod
    def _word(register, words):
        if register.value is not None:
            return register.value
        word = words[register.name]
        if not isinstance(word, dict):
            return word
        bits = []
        for f in register.fields:
            bits.append(Const(0, f.lsb - sum(map(len, bits))))
            value = Value.cast(word[f.name])
            bits += [value, Const(0, f.bits - len(value))]
        return Cat(*bits)
