"""The generated core: the host front end and the accelerator."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hdl.parts.csr import CsrSignature
from hdl.parts.hierarchy import place
from hdl.parts.host import HostFrontEnd
from hdl.parts.registers import register_map
from hdl.parts.stream import Beat

from .config import Config
from .core import Core
from .job import counters, job_fields

__all__ = ["Ant", "config_words"]


def config_words(config: Config) -> dict[str, int]:
    """What the CONFIG registers tell a driver."""
    names = (
        "rows columns max_m max_k max_n flint pot minifloat unsigned eight_bits dsp wide_bits lanes sum_banks "
        "multiplier_bits"
    )
    return {name: int(getattr(config, name)) for name in names.split()}


class Ant(wiring.Component):
    """Matrix products of adaptive number types on an array of TypeFusion elements (ANT, MICRO 2022, arXiv 2208.14286).

    Parameters
    ----------
    config : Config

    Members
    -------
    csr : In(CsrSignature())
    i : In(stream.Signature(Beat(config.beat_bytes)))
        Parameters, W and A of every accepted job.
    o : Out(stream.Signature(Beat(config.beat_bytes)))
        A W of every job.
    """

    def __init__(self, config: Config):
        self.config = config
        self.key = (config,)
        beats = stream.Signature(Beat(config.beat_bytes))
        super().__init__({"csr": In(CsrSignature()), "i": In(beats), "o": Out(beats)})

    def elaborate(self, platform):
        m = Module()
        config = self.config
        fields, own = job_fields(config), counters(config)
        registers = register_map(
            name="ant",
            slots=config.job_slots,
            beat_bytes=config.beat_bytes,
            config_words=config_words(config),
            fields=fields,
            counters=own,
        )
        front = place(
            m,
            platform,
            "host",
            HostFrontEnd(
                registers=registers,
                fields=fields,
                slots=config.job_slots,
                counters=own,
                beat_bytes=config.beat_bytes,
            ),
        )
        core = place(m, platform, "core", Core(config), reset=front.core_reset)
        wiring.connect(m, wiring.flipped(self.csr), front.csr)
        wiring.connect(m, wiring.flipped(self.i), front.i)
        wiring.connect(m, front.o, wiring.flipped(self.o))
        wiring.connect(m, front.job, core.job)
        wiring.connect(m, front.operand, core.operand)
        wiring.connect(m, core.result, front.result)
        m.d.comb += [front.fault.eq(core.fault), front.done.eq(core.done)]
        return m
