"""A toy design with the whole host interface, and ways to break it: what the tests of the benches run on.

It keeps a job's beats in a memory, adds the job's constant to every byte, and sends them back.
"""

from dataclasses import dataclass, replace

from amaranth.hdl import Cat, Module, Mux, ResetInserter, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from attnforge.hdl.contract.design import Design, Field, Perf, Segment
from attnforge.hdl.contract.registers import ErrorCode, design_registers
from attnforge.hdl.numeric import Int
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.host.csr import CsrSignature
from attnforge.hdl.parts.host.front_end import HostFrontEnd
from attnforge.hdl.parts.stream.beat import Beat

FAULTS = ("", "wrong_byte", "dropped_beat", "doubled_beat", "payload_changes", "valid_falls", "missing_last",
          "early_last", "valid_waits_for_ready", "hangs", "beat_after_the_end", "wrong_macs", "slow")
FLAGS = ("tolerant", "unwritten", "unreset")


@dataclass(frozen=True)
class Config:
    """Size of the toy, and faults of its own.

    Parameters
    ----------
    max_tokens, beat_bytes, job_slots : int
    tolerant : bool
        Take jobs that START should refuse.
    unwritten : bool
        Results hold zero times a word that nobody writes.
    unreset : bool
        A valid rests on a register that only its value at power-up keeps at 0.
    """

    max_tokens: int = 20
    beat_bytes: int = 2
    job_slots: int = 3
    tolerant: bool = False
    unwritten: bool = False
    unreset: bool = False


@dataclass(frozen=True)
class Job:
    """Tokens, the constant that is added, and what goes wrong: an index of `FAULTS`, so that one build has them all."""

    tokens: int
    addend: int
    fault: int = 0


def job_fields(config):
    return (Field("tokens", config.max_tokens.bit_length(), 1, config.max_tokens, "beats of the job"),
            Field("addend", 8, 0, 250, "added to every byte"),
            Field("fault", 4, 0, 15, "what goes wrong"))


def counters(config):
    return (Field("ZEROS", 16, 0, 0xFFFF, "beats of nothing but zeros"),)


class Toy(wiring.Component):
    """One job at a time: all operands in, then all results out; latency and interval as in `perf`."""

    def __init__(self, config):
        self.config = config
        self.key = (config,)
        beats = stream.Signature(Beat(config.beat_bytes))
        super().__init__({"csr": In(CsrSignature()), "i": In(beats), "o": Out(beats)})

    def elaborate(self, platform):
        config = self.config
        m = Module()
        fields, registers = job_fields(config), design_registers(DESIGN, config)
        if config.tolerant:
            fields = tuple(replace(field, low=0, high=(1 << field.bits) - 1) for field in fields)
            registers = design_registers(replace(DESIGN, job_fields=lambda config: fields), config)
        host = place(m, platform, "host", HostFrontEnd(
            registers=registers, fields=fields, slots=config.job_slots, counters=counters(config),
            beat_bytes=config.beat_bytes))
        wiring.connect(m, wiring.flipped(self.csr), host.csr)
        wiring.connect(m, wiring.flipped(self.i), host.i)
        breaker = place(m, platform, "breaker", Breaker(config.beat_bytes))
        wiring.connect(m, host.o, breaker.i)
        wiring.connect(m, breaker.o, wiring.flipped(self.o))
        m.submodules.core = ResetInserter(host.core_reset)(self._core(host, breaker.fault))
        return m

    def _core(self, host, fault):
        config = self.config
        m = Module()
        m.submodules.store = store = Memory(shape=8 * config.beat_bytes, depth=config.max_tokens + 1, init=[])
        write, read = store.write_port(), store.read_port(domain="comb")
        tokens, addend = Signal.like(host.job.payload.tokens), Signal(8)
        index = Signal.like(tokens)
        zeros = Signal(16)
        final = index == tokens - 1
        taken = host.operand.valid & host.operand.ready
        given = host.result.valid & host.result.ready
        beat_macs = config.beat_bytes + (fault == FAULTS.index("wrong_macs"))
        m.d.comb += [write.addr.eq(index), write.data.eq(Cat(host.operand.payload.data)), write.en.eq(taken),
                     read.addr.eq(index), host.done.macs.eq(tokens * beat_macs), host.done.ZEROS.eq(zeros)]
        zero, stopped = Signal(name="zero"), Signal(name="stopped", reset_less=True)
        spare = store.read_port(domain="comb")
        m.d.comb += spare.addr.eq(config.max_tokens)
        if config.unreset:
            m.d.sync += stopped.eq(stopped ^ zero)
        offset = addend + spare.data * zero if config.unwritten else addend
        m.d.comb += [host.result.payload.data[k].eq(read.data.word_select(k, 8) + offset)
                     for k in range(config.beat_bytes)]
        m.d.comb += host.result.payload.last.eq(final)
        last = host.operand.payload.last
        with m.FSM(name="phase"):
            with m.State("IDLE"):
                m.d.comb += host.job.ready.eq(1)
                with m.If(host.job.valid):
                    m.d.sync += [tokens.eq(host.job.payload.tokens), addend.eq(host.job.payload.addend), index.eq(0),
                                 zeros.eq(0), fault.eq(host.job.payload.fault)]
                    m.next = "LOAD"
            with m.State("LOAD"):
                m.d.comb += host.operand.ready.eq(1)
                m.d.comb += host.fault.valid.eq(taken & (last != final))
                m.d.comb += host.fault.code.eq(Mux(last, ErrorCode.EARLY_LAST, ErrorCode.MISSING_LAST))
                with m.If(taken):
                    m.d.sync += [index.eq(index + 1), zeros.eq(zeros + (write.data == 0))]
                    with m.If(last & final):
                        m.d.sync += index.eq(0)
                        m.next = "SEND"
                        with m.If(fault == FAULTS.index("slow")):
                            m.next = "LATE"
                    with m.Elif(last):
                        m.next = "DROP"
                    with m.Elif(final):
                        m.next = "DRAIN"
            with m.State("DRAIN"):
                m.d.comb += host.operand.ready.eq(1)
                with m.If(taken & last):
                    m.next = "DROP"
            with m.State("DROP"):
                m.d.comb += [host.done.valid.eq(1), host.done.dropped.eq(1)]
                m.next = "IDLE"
            with m.State("SEND"):
                m.d.comb += host.result.valid.eq(~stopped)
                with m.If(given):
                    m.d.sync += index.eq(index + 1)
                    with m.If(final):
                        m.d.comb += host.done.valid.eq(1)
                        m.next = "IDLE"
            with m.State("LATE"):
                m.next = "SEND"
        return m


class Breaker(wiring.Component):
    """Passes a stream through, and breaks it from the fourth beat of a job on in the way that ``fault`` says."""

    def __init__(self, beat_bytes):
        self.key = (beat_bytes,)
        beats = stream.Signature(Beat(beat_bytes))
        super().__init__({"i": In(beats), "o": Out(beats), "fault": In(4)})

    def elaborate(self, platform):
        m = Module()
        i, o = self.i, self.o
        index = Signal(3)
        waited, again, struck, tail = Signal(), Signal(), Signal(), Signal()
        fourth = index == 3
        moves = i.valid & i.ready
        m.d.comb += [o.payload.eq(i.payload), o.valid.eq(i.valid), i.ready.eq(o.ready)]
        m.d.sync += [waited.eq(o.valid & ~o.ready), again.eq(fourth & o.valid & o.ready & ~again)]
        with m.If(moves):
            m.d.sync += index.eq(Mux(i.payload.last, 0, Mux(fourth, 3, index + 1)))
            m.d.sync += struck.eq((struck | fourth) & ~i.payload.last)
        first = fourth & ~struck
        with m.Switch(self.fault):
            with m.Case(FAULTS.index("wrong_byte")):
                m.d.comb += o.payload.data[0].eq(i.payload.data[0] ^ first)
            with m.Case(FAULTS.index("dropped_beat")):
                with m.If(first):
                    m.d.comb += [o.valid.eq(0), i.ready.eq(1)]
            with m.Case(FAULTS.index("doubled_beat")):
                with m.If(first & ~again):
                    m.d.comb += i.ready.eq(0)
            with m.Case(FAULTS.index("payload_changes")):
                m.d.comb += o.payload.data[0].eq(i.payload.data[0] ^ (waited & fourth))
            with m.Case(FAULTS.index("valid_falls")):
                m.d.comb += o.valid.eq(i.valid & ~(waited & fourth))
                m.d.comb += i.ready.eq(o.ready & o.valid)
            with m.Case(FAULTS.index("missing_last")):
                m.d.comb += o.payload.last.eq(0)
            with m.Case(FAULTS.index("early_last")):
                m.d.comb += o.payload.last.eq(i.payload.last | first)
            with m.Case(FAULTS.index("valid_waits_for_ready")):
                m.d.comb += o.valid.eq(i.valid & o.ready)
            with m.Case(FAULTS.index("hangs")):
                with m.If(fourth):
                    m.d.comb += [o.valid.eq(0), i.ready.eq(0)]
            with m.Case(FAULTS.index("beat_after_the_end")):
                m.d.sync += tail.eq(moves & i.payload.last)
                with m.If(tail):
                    m.d.comb += [o.valid.eq(1), i.ready.eq(0)]
        return m


def model(config, job, operands):
    """The sum modulo 256, as a signed byte."""
    return {"y": (operands["x"] + job.addend + 128) % 256 - 128}


def perf(config, job):
    """Cycles of a job; the host of the bench, which reads the number of a job, starts one every four cycles at most."""
    cycles = 2 * job.tokens + 1
    return Perf(lambda count: [cycles + number * max(cycles, 4) for number in range(count)],
                job.tokens * config.beat_bytes, config.beat_bytes)


def random_job(config, rng, most=None, **sizes):
    high = min(config.max_tokens, most or config.max_tokens)
    tokens = sizes.get("tokens") or int(rng.integers(1, high, endpoint=True))
    job = Job(tokens, int(rng.integers(0, 251)))
    return job, {"x": Int(8).random(rng, (job.tokens, config.beat_bytes)) * (rng.random((job.tokens, 1)) < 0.8)}


DESIGN = Design(
    name="toy",
    title="Adds a constant to bytes",
    paper="none",
    Config=Config,
    Job=Job,
    presets={"tiny": Config(), "wide": Config(max_tokens=300, beat_bytes=16)},
    top=Toy,
    module_name=lambda config: "_".join(["toy", *(flag for flag in FLAGS if getattr(config, flag))]),
    model=model,
    perf=perf,
    job_fields=job_fields,
    config_words=lambda config: {"MAX_TOKENS": config.max_tokens} | {
        flag.upper(): int(getattr(config, flag)) for flag in FLAGS},
    operand_segments=lambda config, job: (Segment("x", (job.tokens, config.beat_bytes), Int(8)),),
    result_segments=lambda config, job: (Segment("y", (job.tokens, config.beat_bytes), Int(8)),),
    counters=counters,
    resources=lambda config: {"multipliers": config.beat_bytes},
    random_job=random_job,
    quantise=None,
)


def broken(fault):
    """The design, its random jobs run with ``fault``."""

    def random_job(config, rng, **sizes):
        job, operands = DESIGN.random_job(config, rng, **sizes)
        return replace(job, fault=FAULTS.index(fault)), operands

    return replace(DESIGN, random_job=random_job)
