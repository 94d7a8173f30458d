"""The accelerator without its host interface: only wiring."""

from amaranth.hdl import Module
from amaranth.lib import wiring

from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.host.hosted import Accelerator, wire
from attnforge.hdl.parts.memory.banks import DoubleBuffer
from attnforge.hdl.vitality.array import AttentionArray
from attnforge.hdl.vitality.job import counters, job_fields
from attnforge.hdl.vitality.loader import Loader
from attnforge.hdl.vitality.output import OutputBuffer
from attnforge.hdl.vitality.post import PostProcessor
from attnforge.hdl.vitality.stager import Stager
from attnforge.hdl.vitality.streamer import Streamer
from attnforge.hdl.vitality.token_sums import TokenSums

__all__ = ["Core"]


class Core(Accelerator):
    """Jobs and operands in, results out; see the block figure in README.md.

    For parameters and ports see `Accelerator`.
    """

    job_fields = staticmethod(job_fields)
    counters = staticmethod(counters)

    def elaborate(self, platform):
        m = Module()
        config = self.config

        def put(name, component):
            return place(m, platform, name, component)

        loader = put("loader", Loader(config))
        sums = put("token_sums", TokenSums(config))
        stager = put("stager", Stager(config))
        streamer = put("streamer", Streamer(config))
        array = put("array", AttentionArray(config))
        post = put("post", PostProcessor(config))
        output = put("output", OutputBuffer(config))
        key_banks = put("key_banks", DoubleBuffer())
        query_banks = put("query_banks", DoubleBuffer())

        wiring.connect(m, wiring.flipped(self.job), loader.job)
        wiring.connect(m, wiring.flipped(self.operand), loader.i)
        wiring.connect(m, stager.o, streamer.i)
        wiring.connect(m, streamer.entry, post.entry)
        wiring.connect(m, output.o, wiring.flipped(self.result))
        m.d.comb += [self.fault.eq(loader.fault), self.done.eq(output.done)]

        wire(m, loader, "current sum_en sum_value sum_first sum_word sum_elements scan_key scan_value", sums)
        wire(m, loader, "k_en k_address k_data q_en q_address q_data v_en v_address v_data", array)
        wire(m, loader, "key_value query", stager)
        wire(m, sums, "key_scanning value_scanning", loader)
        wire(m, sums, "residue_en residue_address", array)
        wire(m, sums, "mean", streamer)
        wire(m, sums, "term", post)
        wire(m, streamer, "mean_en mean_address", sums)
        wire(m, streamer, "feed tile", array)
        wire(m, streamer, "macs", output)
        wire(m, stager, "load load_residue", array)
        wire(m, array, "opens sums diagonal", post)
        wire(m, post, "r_en r_address diagonal_en diagonal_address g_en g_address g_data", array)
        wire(m, post, "term_en term_address", sums)
        wire(m, post, "begin quotient_valid quotients nonpositive", output)
        wire(m, post, "bank_free", streamer)
        wire(m, post, "g_ready", stager)
        wire(m, output, "space outputs_done", post)
        wire(m, output, "macs_slot", streamer)
        m.d.comb += array.residue_data.eq(sums.residue)

        m.d.comb += [
            stager.job.valid.eq(loader.taken),
            stager.job.slot.eq(loader.current.slot),
            stager.job.sizes.tokens.eq(loader.current.tokens),
            stager.job.sizes.head_dim.eq(loader.current.head_dim),
            stager.job.sizes.value_dim.eq(loader.current.value_dim),
            post.job.valid.eq(loader.taken),
            post.job.job.eq(loader.current),
        ]
        for name, banks, closes in (
            ("key", key_banks, array.closes_key),
            ("query", query_banks, array.closes_query),
        ):
            m.d.comb += [
                banks.commit.eq(getattr(loader, f"{name}_commit")),
                banks.next.eq(getattr(stager, f"{name}_next")),
                banks.free.eq(closes),
                getattr(loader, f"{name}_space").eq(banks.space),
                getattr(loader, f"{name}_bank").eq(banks.w_bank),
                getattr(stager, f"{name}_bank").eq(banks.r_bank),
            ]
        return m
