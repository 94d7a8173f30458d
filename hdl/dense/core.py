"""The accelerator without its host interface: only wiring."""

from amaranth.hdl import Module
from amaranth.lib import wiring

from attnforge.hdl.dense.array import DenseArray
from attnforge.hdl.dense.chooser import Chooser
from attnforge.hdl.dense.geometry import Geometry
from attnforge.hdl.dense.job import counters, job_fields
from attnforge.hdl.dense.loader import Loader, job_layout
from attnforge.hdl.dense.lookup import Lookup
from attnforge.hdl.dense.post import PostProcessor
from attnforge.hdl.dense.stager import Stager
from attnforge.hdl.dense.streamer import Streamer
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.host.hosted import Accelerator, wire
from attnforge.hdl.parts.memory.banks import DoubleBuffer
from attnforge.hdl.parts.memory.ram import Table
from attnforge.hdl.parts.stream.beat import StreamQueue

__all__ = ["Core"]

BLOCKS = 3
"""Between loader and lookup: two banks of Q or X, and an abort."""


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
        jobs = put("jobs", Table(job_layout(config).size, config.job_slots, readers=2))
        blocks = put("blocks", StreamQueue(g.block, BLOCKS))
        lookup = put("lookup", Lookup(config))
        chooser = put("chooser", Chooser(config))
        stager = put("stager", Stager(config))
        streamer = put("streamer", Streamer(config))
        array = put("array", DenseArray(config))
        post = put("post", PostProcessor(config))
        banks = {name: put(f"{name}_banks", DoubleBuffer()) for name in ("kv", "q", "r")}

        wiring.connect(m, wiring.flipped(self.job), loader.job)
        wiring.connect(m, wiring.flipped(self.operand), loader.i)
        wiring.connect(m, loader.block, blocks.i)
        wiring.connect(m, blocks.o, lookup.i)
        wiring.connect(m, lookup.o, chooser.work)
        wiring.connect(m, stager.o, streamer.i)
        wiring.connect(m, chooser.results, post.block)
        wiring.connect(m, post.o, wiring.flipped(self.result))
        m.d.comb += [self.fault.eq(loader.fault), self.done.eq(post.done)]

        wire(m, loader, "k_en k_address k_data v_en v_address v_data q_en q_address q_data", array)
        wire(m, loader, "p_en p_address p_data", post)
        wire(m, chooser, "phase", stager)
        wire(m, chooser, "begin", array)
        wire(m, stager, "take", chooser)
        wire(m, stager, "load", array)
        wire(m, streamer, "feed row maximum_en maximum_bank maximum_index", array)
        wire(m, streamer, "block_bank", array)
        wire(m, streamer, "macs", post)
        wire(m, array, "scored", chooser)
        wire(m, array, "maximum", streamer)
        wire(m, array, "block_products", streamer)
        wire(m, array, "sums row_sum complete saturated", post)
        wire(m, post, "r_en r_address", array)
        wire(m, post, "macs_slot", streamer)
        m.d.comb += array.slot.eq(post.macs_slot)

        m.d.comb += [
            jobs.w_en.eq(loader.taken),
            jobs.w_address.eq(loader.current.slot),
            jobs.w_data.eq(loader.current),
            jobs.r_address0.eq(lookup.slot),
            lookup.job.eq(jobs.r_data0),
            jobs.r_address1.eq(post.job_slot),
            post.job.eq(jobs.r_data1),
        ]
        for name in ("kv", "q"):
            m.d.comb += [
                banks[name].commit.eq(getattr(loader, f"{name}_commit")),
                banks[name].next.eq(getattr(chooser, f"{name}_next")),
                banks[name].free.eq(getattr(array, f"{name}_free")),
                getattr(loader, f"{name}_space").eq(banks[name].space),
                getattr(loader, f"{name}_bank").eq(banks[name].w_bank),
                getattr(chooser, f"{name}_bank").eq(banks[name].r_bank),
            ]
        m.d.comb += [
            banks["r"].commit.eq(chooser.r_commit),
            chooser.r_space.eq(banks["r"].space),
            chooser.r_bank.eq(banks["r"].w_bank),
            banks["r"].next.eq(post.next),
            banks["r"].free.eq(post.free),
            post.bank.eq(banks["r"].r_bank),
        ]
        return m
