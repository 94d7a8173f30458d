"""The accelerator without its host interface: only wiring."""

from amaranth.hdl import Module
from amaranth.lib import wiring

from attnforge.hdl.ant.engine import Engine
from attnforge.hdl.ant.geometry import Geometry
from attnforge.hdl.ant.job import counters, job_fields
from attnforge.hdl.ant.loader import Loader
from attnforge.hdl.ant.post import PostProcessor
from attnforge.hdl.ant.sequencer import Sequencer
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.host.hosted import Accelerator, wire
from attnforge.hdl.parts.memory.banks import DoubleBuffer
from attnforge.hdl.parts.memory.ring import BankRing
from attnforge.hdl.parts.stream.beat import StreamBuffer, StreamQueue

__all__ = ["Core"]

BLOCKS = 3
"""Between loader and sequencer: two banks of A, and an abort."""
ABORTS = 2
"""Between sequencer and post-processor, beside the banks of sums."""


class Core(Accelerator):
    """Jobs and operands in, results out; see the block figure in README.md.

    For parameters and ports see `Accelerator`.
    """

    job_fields = staticmethod(job_fields)
    counters = staticmethod(counters)

    def elaborate(self, platform):
        m = Module()
        config, g = self.config, Geometry(self.config)

        def put(name, component):
            return place(m, platform, name, component)

        loader = put("loader", Loader(config))
        loaded = put("loaded", StreamBuffer(g.block))
        blocks = put("blocks", StreamQueue(g.block, BLOCKS))
        sequencer = put("sequencer", Sequencer(config))
        engine = put("engine", Engine(config))
        started = put("started", StreamQueue(g.sums, config.sum_banks + ABORTS))
        reading = put("reading", StreamBuffer(g.sums))
        post = put("post", PostProcessor(config))
        a_banks = put("a_banks", DoubleBuffer())
        w_banks = put("w_banks", DoubleBuffer())
        s_banks = put("s_banks", BankRing(config.sum_banks))

        wiring.connect(m, wiring.flipped(self.job), loader.job)
        wiring.connect(m, wiring.flipped(self.operand), loader.i)
        wiring.connect(m, loader.block, loaded.i)
        wiring.connect(m, loaded.o, blocks.i)
        wiring.connect(m, blocks.o, sequencer.block)
        wiring.connect(m, sequencer.sums, started.i)
        wiring.connect(m, started.o, reading.i)
        wiring.connect(m, reading.o, post.block)
        wiring.connect(m, post.o, wiring.flipped(self.result))
        m.d.comb += [self.fault.eq(loader.fault), self.done.eq(post.done)]

        wire(m, loader, "a_en a_address a_data w_en w_address w_data", engine)
        wire(m, loader, "p_en p_address p_data", post)
        wire(m, sequencer, "feed load tile", engine)
        wire(m, post, "r_en r_address", engine)
        wire(m, engine, "sums complete", post)
        for name, banks, free in (("a", a_banks, engine.a_free), ("w", w_banks, engine.w_free)):
            m.d.comb += [
                banks.commit.eq(getattr(loader, f"{name}_commit")),
                banks.next.eq(getattr(sequencer, f"{name}_next")),
                banks.free.eq(free),
                getattr(loader, f"{name}_space").eq(banks.space),
                getattr(loader, f"{name}_bank").eq(banks.w_bank),
                getattr(sequencer, f"{name}_bank").eq(banks.r_bank),
            ]
        m.d.comb += [
            s_banks.commit.eq(sequencer.s_commit),
            sequencer.s_space.eq(s_banks.space),
            sequencer.s_bank.eq(s_banks.w_bank),
            s_banks.next.eq(post.next),
            s_banks.free.eq(post.free),
            post.bank.eq(s_banks.r_bank),
        ]
        return m
