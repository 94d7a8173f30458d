"""Steps that take more than one cycle, because a serial divider works on them."""

from amaranth.hdl import Const, Mux, Signal

__all__ = ["pace"]


def pace(m, running, fast, interval):
    """First and last cycle of steps of ``interval`` cycles, of one cycle each where ``fast``; two bits.

    Steps follow each other while ``running``; it falls only after a last cycle.
    """
    if interval == 1:
        return Const(1), Const(1)
    cycle = Signal(range(interval), name="step_cycle")
    first, last = Signal(name="first_cycle"), Signal(name="last_cycle")
    m.d.comb += [first.eq(fast | (cycle == 0)), last.eq(fast | (cycle == interval - 1))]
    with m.If(running):
        m.d.sync += cycle.eq(Mux(last, 0, cycle + 1))
    return first, last
