"""Bookkeeping of a buffer of several banks."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["BankRing"]


class BankRing(wiring.Component):
    """`DoubleBuffer` for any number of banks: which is written, which is read, and whether there is room.

    Answers hold from the next cycle on.

    Parameters
    ----------
    banks : int
        2 or more.

    Members
    -------
    commit, next, free : In(1)
    space : Out(1)
    w_bank, r_bank : Out(range(banks))
    """

    def __init__(self, banks):
        self.banks = banks
        self.key = (banks,)
        super().__init__(
            {
                "commit": In(1),
                "next": In(1),
                "free": In(1),
                "space": Out(1, init=1),
                "w_bank": Out(range(banks)),
                "r_bank": Out(range(banks)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        used = Signal(range(self.banks + 1), name="used")
        with m.If(self.commit ^ self.free):
            m.d.sync += self.space.eq(self.free | (used != self.banks - 1))
        m.d.sync += used.eq(used + self.commit - self.free)
        for bank, moves in ((self.w_bank, self.commit), (self.r_bank, self.next)):
            with m.If(moves):
                m.d.sync += bank.eq(Mux(bank == self.banks - 1, 0, bank + 1))
        return m
