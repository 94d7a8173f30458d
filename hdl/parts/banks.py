"""Bookkeeping of a double buffer."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["DoubleBuffer"]


class DoubleBuffer(wiring.Component):
    """Which of two banks is written, which is read, and whether there is room: answers hold from the next cycle on.

    The memory itself belongs to its user; this counts banks. The writer fills ``w_bank`` while ``space`` is high, and
    says ``commit`` when the bank is complete; a bank that was filled in vain is not committed, and is filled again. The
    reader takes banks in the same order: ``next`` when it has taken all addresses of ``r_bank`` into use, ``free``
    when the last of its reads is over.

    Members
    -------
    commit, next, free : In(1)
    space : Out(1)
    w_bank, r_bank : Out(1)
    """

    key = ()

    def __init__(self):
        super().__init__(
            {
                "commit": In(1),
                "next": In(1),
                "free": In(1),
                "space": Out(1),
                "w_bank": Out(1),
                "r_bank": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        used = Signal(range(3))
        m.d.comb += self.space.eq(used != 2)
        m.d.sync += [
            used.eq(used + self.commit - self.free),
            self.w_bank.eq(self.w_bank ^ self.commit),
            self.r_bank.eq(self.r_bank ^ self.next),
        ]
        return m
