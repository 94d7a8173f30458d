"""The accelerator without its host interface: only wiring."""

from amaranth.hdl import Module
from amaranth.lib import wiring

from hdl.parts.banks import DoubleBuffer
from hdl.parts.hierarchy import place
from hdl.parts.host import core_members

from .array import AttentionArray
from .config import Config
from .job import counters, job_fields
from .loader import Loader
from .output import OutputBuffer
from .post import PostProcessor
from .stager import Stager
from .streamer import Streamer
from .token_sums import TokenSums

__all__ = ["Core"]


class Core(wiring.Component):
    """Jobs and operands in, results out; see the block figure in README.md.

    Parameters
    ----------
    config : Config

    Members
    -------
    job : In(stream.Signature(job_layout(config)))
    operand : In(stream.Signature(Beat(config.beat_bytes)))
    result : Out(stream.Signature(Beat(config.beat_bytes)))
    fault, done : Out
        See `HostFrontEnd`.
    """

    def __init__(self, config: Config):
        self.config = config
        self.key = (config,)
        super().__init__(
            core_members(
                fields=job_fields(config),
                slots=config.job_slots,
                counters=counters(config),
                beat_bytes=config.beat_bytes,
            )
        )

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

        def wire(source, names, target):
            """Outputs of ``source`` to the inputs of the same name."""
            m.d.comb += [getattr(target, name).eq(getattr(source, name)) for name in names.split()]

        wire(loader, "current sum_en sum_value sum_first sum_word sum_elements scan_key scan_value", sums)
        wire(loader, "k_en k_address k_data q_en q_address q_data v_en v_address v_data", array)
        wire(loader, "key_value query", stager)
        wire(sums, "key_scanning value_scanning", loader)
        wire(sums, "residue_en residue_address", array)
        wire(sums, "mean", streamer)
        wire(sums, "term", post)
        wire(streamer, "mean_en mean_address", sums)
        wire(streamer, "feed tile", array)
        wire(streamer, "macs", output)
        wire(stager, "load load_residue", array)
        wire(array, "opens sums diagonal", post)
        wire(post, "r_en r_address diagonal_en diagonal_address g_en g_address g_data", array)
        wire(post, "term_en term_address", sums)
        wire(post, "begin quotient_valid quotients nonpositive", output)
        wire(post, "bank_free", streamer)
        wire(post, "g_ready", stager)
        wire(output, "space outputs_done", post)
        wire(output, "macs_slot", streamer)
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
