"""Bookkeeping of a double buffer."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.parts.proof import Proof

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
                "space": Out(1, init=1),
                "w_bank": Out(1),
                "r_bank": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        used = Signal(range(3), name="used")
        with m.If(self.commit ^ self.free):
            m.d.sync += self.space.eq(self.free | (used != 1))
        m.d.sync += [
            used.eq(used + self.commit - self.free),
            self.w_bank.eq(self.w_bank ^ self.commit),
            self.r_bank.eq(self.r_bank ^ self.next),
        ]
        if isinstance(platform, Proof):
            self._promise(platform.promises(m, self), used)
        return m

    def _promise(self, p, used):
        m = p.m
        full = Signal(range(4), name="full")  # banks that are committed and not yet free again
        taken = Signal(range(4), name="taken")  # those of them that `next` has passed
        m.d.sync += [full.eq(full + self.commit - self.free), taken.eq(taken + self.next - self.free)]
        p.given("commit_into_space", ~self.commit | self.space)
        p.given("next_of_a_full_bank", ~self.next | (taken < full))
        p.given("free_after_next", ~self.free | (taken != 0) | self.next)
        p.always("space_while_a_bank_is_free", self.space == (full < 2))

        # One bank's contents, from commit to free: so many are to be taken and to be freed before them.
        watching, watched = Signal(name="watching"), Signal(name="watched", reset_less=True)
        takes, frees = Signal(range(3), name="takes_before"), Signal(range(3), name="frees_before")
        gone = Signal(name="is_taken")
        with m.If(watching):
            m.d.sync += [takes.eq(takes - (self.next & (takes != 0))), frees.eq(frees - self.free)]
            m.d.sync += [gone.eq(gone | (self.next & (takes == 0))), watching.eq(~(self.free & (frees == 0)))]
        with m.Elif(self.commit & p.anything()):
            m.d.sync += [watching.eq(1), watched.eq(self.w_bank), gone.eq(0)]
            m.d.sync += [takes.eq(full - taken - self.next), frees.eq(full - self.free)]
        p.always("no_bank_is_written_while_it_is_read", ~watching | ~self.space | (self.w_bank != watched))
        p.always("banks_are_read_in_order", ~watching | gone | (takes != 0) | (self.r_bank == watched))
        p.lemma("used", (used == full) & (full <= 2) & (taken <= full))
        p.lemma("space", self.space == (used != 2))
        p.lemma("banks_alternate", self.w_bank == self.r_bank ^ (full - taken)[0])
        p.lemma("watched_is_full", ~watching | (frees < full))
        p.lemma("watched_bank", ~watching | (watched == self.w_bank ^ (full - frees)[0]))
        p.lemma("watched_turn", ~watching | Mux(gone, frees < taken, (taken <= frees) & (takes == frees - taken)))
        p.reached("both_banks_full", full == 2)
        p.reached("watched_bank_is_freed", watching & gone & self.free & (frees == 0))
