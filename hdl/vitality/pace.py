"""Steps that take more than one cycle, because a serial unit works on them."""

from amaranth.hdl import Const, Mux, Signal

__all__ = ["pace"]


def pace(m, running, choice, intervals):
    """First and last cycle of steps, one bit each; a step has ``intervals[choice]`` cycles.

    Steps follow each other while ``running``, which falls only after a last cycle; ``choice`` is a bit.
    """
    if intervals == (1, 1):
        return Const(1), Const(1)
    cycle = Signal(range(max(intervals)), name="step_cycle")
    first, last = Signal(name="first_cycle"), Signal(name="last_cycle")
    m.d.comb += [first.eq(cycle == 0), last.eq(cycle == Mux(choice, intervals[1] - 1, intervals[0] - 1))]
    with m.If(running):
        m.d.sync += cycle.eq(Mux(last, 0, cycle + 1))
    return first, last
