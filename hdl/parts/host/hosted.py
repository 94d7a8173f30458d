"""What all designs look like from outside: the accelerator, and the top that puts it behind the host front end."""

from amaranth.hdl import Module
from amaranth.lib import wiring

from attnforge.hdl.contract.registers import config_words, register_map
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.host.front_end import HostFrontEnd, core_members, host_members

__all__ = ["Accelerator", "Hosted", "wire"]


def wire(m, source, names, target):
    """Connect outputs of ``source`` to the inputs of the same names: ``names`` are words with blanks between."""
    m.d.comb += [getattr(target, name).eq(getattr(source, name)) for name in names.split()]


class Accelerator(wiring.Component):
    """Jobs and operands in, results out: a design's core derives from it and says what its jobs are.

    Parameters
    ----------
    config : Config

    Attributes
    ----------
    job_fields, counters : (config) -> tuple of Field
        Of the class, static: as in the design's record.

    Members
    -------
    job : In(stream.Signature(job_layout(job_fields(config), config.job_slots)))
    operand : In(stream.Signature(Beat(config.beat_bytes)))
    result : Out(stream.Signature(Beat(config.beat_bytes)))
    fault, done : Out
        See `HostFrontEnd`.
    """

    def __init__(self, config):
        self.config = config
        self.key = (config,)
        fields, counters = self.job_fields(config), self.counters(config)
        super().__init__(
            core_members(fields=fields, slots=config.job_slots, counters=counters, beat_bytes=config.beat_bytes)
        )


class Hosted(wiring.Component):
    """An accelerator behind the host interface: a design's top derives from it and says what is inside.

    Parameters
    ----------
    config : Config

    Attributes
    ----------
    design : str
        Of the class: the design's name on the command line.
    core : type
        Of the class: the design's `Accelerator`.

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
        shape |= {"fields": self.core.job_fields(config), "counters": self.core.counters(config)}
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
