"""The top of every design: the host front end and the accelerator."""

from amaranth.hdl import Module
from amaranth.lib import wiring

from hdl.parts.hierarchy import place
from hdl.parts.host import HostFrontEnd, host_members
from hdl.parts.registers import config_words, register_map

__all__ = ["Hosted"]


class Hosted(wiring.Component):
    """An accelerator behind the host interface: a design's top derives from it and says what is inside.

    Parameters
    ----------
    config : Config

    Attributes
    ----------
    design : str
        Of the class: the design's name on the command line.
    core : (config) -> wiring.Component
        Of the class: the accelerator, with the ports of `hdl.parts.host.core_members`.
    job_fields, counters : (config) -> tuple of Field
        Of the class, static: as in the design's record.

    Members
    -------
    csr : In(CsrSignature())
    i : In(stream.Signature(Beat(config.beat_bytes)))
        Operands of every accepted job.
    o : Out(stream.Signature(Beat(config.beat_bytes)))
        Results of every job.
    """

    def __init__(self, config):
        self.config = config
        self.key = (config,)
        super().__init__(host_members(config.beat_bytes))

    def elaborate(self, platform):
        m = Module()
        config = self.config
        shape = {"slots": config.job_slots, "beat_bytes": config.beat_bytes}
        shape |= {"fields": self.job_fields(config), "counters": self.counters(config)}
        registers = register_map(name=self.design, config_words=config_words(config), **shape)
        front = place(m, platform, "host", HostFrontEnd(registers=registers, **shape))
        core = place(m, platform, "core", self.core(config), reset=front.core_reset)
        wiring.connect(m, wiring.flipped(self.csr), front.csr)
        wiring.connect(m, wiring.flipped(self.i), front.i)
        wiring.connect(m, front.o, wiring.flipped(self.o))
        wiring.connect(m, front.job, core.job)
        wiring.connect(m, front.operand, core.operand)
        wiring.connect(m, core.result, front.result)
        m.d.comb += [front.fault.eq(core.fault), front.done.eq(core.done)]
        return m
