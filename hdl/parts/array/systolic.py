"""The input-stationary systolic array with down-forward accumulation (ViTALiTy, section IV)."""

from amaranth.hdl import Cat, Module, Shape, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.parts.arithmetic.multiplier import StationaryMultiplier
from attnforge.hdl.parts.hierarchy import place

__all__ = ["PeColumn", "ProcessingElement", "SystolicArray"]


class ProcessingElement(wiring.Component):
    """Holds one stationary operand, multiplies it with those that pass to the right, adds to the sum that passes down.

    ``moving`` to ``o_sum``: ``latency`` cycles; one product per cycle. The next stationary operand shifts down a column
    of shadow registers while this one works, and takes its place with the moving operand that carries ``swap``.

    A load is ``R`` words in ``R`` successive cycles, the bottom row's first. The first word travels down one row per
    cycle and opens every row for those behind it, so no row gives up its word before its own ``swap`` has passed.
    ``load_last``, seen by the whole column with the final word, closes them all.

    Parameters
    ----------
    moving_bits, stationary_bits, sum_bits : int
        Widths, all signed.

    Members
    -------
    i_moving, i_swap, o_moving, o_swap : from the left, to the right (1 cycle)
    i_word, i_load, o_word, o_load : from above, to below (1 cycle)
    load_last : In(1)
    i_sum, o_sum : from above, to below
    """

    latency = StationaryMultiplier.latency + 1

    def __init__(self, moving_bits, stationary_bits, sum_bits):
        self.sizes = self.key = (moving_bits, stationary_bits, sum_bits)
        moving, word, total = (Shape(bits, True) for bits in self.sizes)
        super().__init__(
            {
                "i_moving": In(moving),
                "i_swap": In(1),
                "o_moving": Out(moving),
                "o_swap": Out(1),
                "i_word": In(word),
                "i_load": In(1),
                "load_last": In(1),
                "o_word": Out(word),
                "o_load": Out(1),
                "i_sum": In(total),
                "o_sum": Out(total),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.multiplier = multiplier = StationaryMultiplier(*self.sizes[:2])
        moving = Signal.like(self.i_moving, name="moving", reset_less=True)
        word = Signal.like(self.i_word, name="shadow", reset_less=True)
        total = Signal.like(self.i_sum, name="sum", reset_less=True)
        m.d.sync += [
            moving.eq(self.i_moving),
            self.o_swap.eq(self.i_swap),
            self.o_load.eq(self.i_load & ~self.load_last),
            total.eq(self.i_sum + multiplier.product),
        ]
        with m.If(self.i_load):
            m.d.sync += word.eq(self.i_word)
        m.d.comb += [
            multiplier.moving.eq(self.i_moving),
            multiplier.swap.eq(self.i_swap),
            multiplier.stationary.eq(word),
            self.o_moving.eq(moving),
            self.o_word.eq(word),
            self.o_sum.eq(total),
        ]
        return m


class PeColumn(wiring.Component):
    """``rows`` processing elements, one below the other.

    Row r sees its moving operand r cycles after row 0; the sum of all rows leaves ``latency`` cycles after the moving
    operand of row 0 came in, one sum per cycle.

    Parameters
    ----------
    rows : int
    moving_bits, stationary_bits, sum_bits : int

    Members
    -------
    i_moving, i_swap, o_moving, o_swap : ``rows`` of each
    word, load, load_last : In
        One load is ``rows`` words in a row; see `ProcessingElement`.
    sum : Out
    """

    def __init__(self, rows, moving_bits, stationary_bits, sum_bits):
        self.rows = rows
        self.sizes = (moving_bits, stationary_bits, sum_bits)
        self.latency = rows - 1 + ProcessingElement.latency
        self.key = (rows, *self.sizes)
        moving = data.ArrayLayout(Shape(moving_bits, True), rows)
        super().__init__(
            {
                "i_moving": In(moving),
                "i_swap": In(rows),
                "o_moving": Out(moving),
                "o_swap": Out(rows),
                "word": In(Shape(stationary_bits, True)),
                "load": In(1),
                "load_last": In(1),
                "sum": Out(Shape(sum_bits, True)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        above = None
        swaps = []
        for row in range(self.rows):
            pe = place(m, platform, f"pe{row}", ProcessingElement(*self.sizes))
            m.d.comb += [
                pe.i_moving.eq(self.i_moving[row]),
                pe.i_swap.eq(self.i_swap[row]),
                pe.load_last.eq(self.load_last),
                self.o_moving[row].eq(pe.o_moving),
                pe.i_word.eq(above.o_word if above else self.word),
                pe.i_load.eq(above.o_load if above else self.load),
                pe.i_sum.eq(above.o_sum if above else 0),
            ]
            swaps.append(pe.o_swap)
            above = pe
        m.d.comb += [self.o_swap.eq(Cat(*swaps)), self.sum.eq(above.o_sum)]
        return m


class SystolicArray(wiring.Component):
    """``rows`` x ``columns`` processing elements; column c works c cycles after column 0.

    Parameters
    ----------
    rows, columns : int
    moving_bits, stationary_bits, sum_bits : int

    Members
    -------
    i_moving, i_swap : In, ``rows`` of each
        The left edge; row r is r cycles behind row 0.
    o_moving, o_swap : Out, ``rows`` of each
        The right edge, ``columns`` cycles later: another column can follow.
    word, load, load_last : In, ``columns`` of each
        The top edge.
    sum : Out, ``columns`` sums
        The bottom edge: ``latency`` cycles after row 0 of the same column saw its moving operand.
    """

    def __init__(self, rows, columns, moving_bits, stationary_bits, sum_bits):
        self.rows = rows
        self.columns = columns
        self.sizes = (moving_bits, stationary_bits, sum_bits)
        self.latency = rows - 1 + ProcessingElement.latency
        self.key = (rows, columns, *self.sizes)
        moving = data.ArrayLayout(Shape(moving_bits, True), rows)
        super().__init__(
            {
                "i_moving": In(moving),
                "i_swap": In(rows),
                "o_moving": Out(moving),
                "o_swap": Out(rows),
                "word": In(data.ArrayLayout(Shape(stationary_bits, True), columns)),
                "load": In(columns),
                "load_last": In(columns),
                "sum": Out(data.ArrayLayout(Shape(sum_bits, True), columns)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        moving, swap = self.i_moving, self.i_swap
        for number in range(self.columns):
            column = place(m, platform, f"column{number}", PeColumn(self.rows, *self.sizes))
            m.d.comb += [
                column.i_moving.eq(moving),
                column.i_swap.eq(swap),
                column.word.eq(self.word[number]),
                column.load.eq(self.load[number]),
                column.load_last.eq(self.load_last[number]),
                self.sum[number].eq(column.sum),
            ]
            moving, swap = column.o_moving, column.o_swap
        m.d.comb += [self.o_moving.eq(moving), self.o_swap.eq(swap)]
        return m
