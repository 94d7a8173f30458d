"""The shell: an emitted core and its emitted host link, tied together."""

from amaranth.hdl import ClockSignal, Instance, Module, ResetSignal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.contract.ports import flat_ports
from attnforge.hdl.parts.host.csr import CsrSignature
from attnforge.hdl.parts.stream.beat import Beat

LINK_BUFFER = {"ecp5": 1024, "ice40": 256}
"""Bytes of the host link's buffers by family: two block RAMs."""


class Shell(wiring.Component):
    """Instances the modules of a core and of its host link, which are files of their own: what `gen` wrote is used.

    Parameters
    ----------
    core : str
        Name of the core's module.
    link : str
        Name of the host link's module.
    link_signature : wiring.Signature
        Of the `HostLink` that was emitted under this name.
    beat_bytes : int
        Of both.

    Members
    -------
    rx, tx : In(1), Out(1)
        UART; ``rx`` is asynchronous.
    busy, failed : Out(1)
        For LEDs: see `attnforge.hdl.parts.link.host_link.HostLink`.
    """

    def __init__(self, core, link, link_signature, beat_bytes):
        self.core = core
        self.link = link
        self.link_signature = link_signature
        self.beat_bytes = beat_bytes
        self.key = (core, link, beat_bytes)
        super().__init__({"rx": In(1), "tx": Out(1), "busy": Out(1), "failed": Out(1)})

    def elaborate(self, platform):
        m = Module()
        beats = stream.Signature(Beat(self.beat_bytes))
        core = wiring.Signature({"csr": In(CsrSignature()), "i": In(beats), "o": Out(beats)}).create(path=("core",))
        link = self.link_signature.create(path=("link",))
        for name, module, ports in (("core", self.core, core), ("link", self.link, link)):
            connections = [("i", "clk", ClockSignal()), ("i", "rst", ResetSignal())]
            for port, (signal, direction) in flat_ports(ports).items():
                signal.name = f"{name}__{port}"
                connections.append((direction[0], port, signal))
            m.submodules[name] = Instance(module, *connections)
        wiring.connect(m, link.csr, core.csr)
        wiring.connect(m, link.operand, core.i)
        wiring.connect(m, core.o, link.result)
        m.d.comb += [link.rx.eq(self.rx), self.tx.eq(link.tx)]
        m.d.comb += [self.busy.eq(link.busy), self.failed.eq(link.failed)]
        return m
