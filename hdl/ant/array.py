"""The array of TypeFusion elements: output-stationary, activations to the right, weights down, sums up."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.ant.pe import TypeFusion, element_latency
from attnforge.hdl.ant.shape import PeShape
from attnforge.hdl.ant.terms import together
from attnforge.hdl.parts.hierarchy import place

__all__ = ["ElementColumn", "TypeFusionArray"]


class ElementColumn(wiring.Component):
    """``rows`` elements one below the other: one column of the array, or two.

    Row r sees its operands r cycles after row 0; its sum is at ``sum`` 2 r cycles after that of row 0, which is there
    `element_latency` cycles after its last operands came in.

    Parameters
    ----------
    rows : int
    columns : int
        1 or 2.
    shape : PeShape

    Members
    -------
    i_a, i_first, i_last, o_a, o_first, o_last : ``rows`` of each
    w : In, ``columns`` operands
    sum : Out, ``columns`` sums
    """

    def __init__(self, rows, columns, shape: PeShape):
        self.rows = rows
        self.columns = columns
        self.shape = shape
        self.key = (rows, columns, shape)
        a = data.ArrayLayout(shape.a.layout, rows)
        super().__init__(
            {
                "i_a": In(a),
                "i_first": In(rows),
                "i_last": In(rows),
                "o_a": Out(a),
                "o_first": Out(rows),
                "o_last": Out(rows),
                "w": In(data.ArrayLayout(shape.w.layout, columns)),
                "sum": Out(data.ArrayLayout(shape.accumulator, columns)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        elements = [
            place(m, platform, f"element{row}", TypeFusion(self.shape, self.columns)) for row in range(self.rows)
        ]
        top = Signal(self.shape.weights(self.columns), name="top")
        m.d.comb += top.eq(together(self.shape, [self.w[column] for column in range(self.columns)]))
        for row, element in enumerate(elements):
            m.d.comb += [
                element.i_a.eq(self.i_a[row]),
                element.i_first.eq(self.i_first[row]),
                element.i_last.eq(self.i_last[row]),
                element.i_w.eq(elements[row - 1].o_w if row else top),
                element.i_drain.eq(elements[row + 1].o_drain if row + 1 < self.rows else 0),
                self.o_a[row].eq(element.o_a),
            ]
        m.d.comb += [
            self.o_first.eq(Cat(*(element.o_first for element in elements))),
            self.o_last.eq(Cat(*(element.o_last for element in elements))),
            self.sum.eq(elements[0].o_drain),
        ]
        return m


class TypeFusionArray(wiring.Component):
    """``rows`` x ``columns`` products per cycle; columns 2 j and 2 j + 1 work j cycles after column 0.

    Tiles follow each other without a gap; their last products are at least ``2 rows - 1`` cycles apart.

    Parameters
    ----------
    rows, columns : int
    shape : PeShape

    Members
    -------
    a, first, last : In, ``rows`` of each
        The left edge; row r is r cycles behind row 0.
    w : In, ``columns`` operands
        The top edge.
    sum : Out, ``columns`` sums
        The top edge again: row r's sum is there ``latency + 2 r`` cycles after row 0 of the column saw its last
        operands.
    """

    def __init__(self, rows, columns, shape: PeShape):
        self.rows = rows
        self.columns = columns
        self.shape = shape
        self.latency = element_latency(shape)
        self.key = (rows, columns, shape)
        super().__init__(
            {
                "a": In(data.ArrayLayout(shape.a.layout, rows)),
                "first": In(rows),
                "last": In(rows),
                "w": In(data.ArrayLayout(shape.w.layout, columns)),
                "sum": Out(data.ArrayLayout(shape.accumulator, columns)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        a, first, last = self.a, self.first, self.last
        for start in range(0, self.columns, 2):
            count = min(2, self.columns - start)
            column = place(m, platform, f"column{start}", ElementColumn(self.rows, count, self.shape))
            m.d.comb += [column.i_a.eq(a), column.i_first.eq(first), column.i_last.eq(last)]
            for number in range(count):
                m.d.comb += [
                    column.w[number].eq(self.w[start + number]),
                    self.sum[start + number].eq(column.sum[number]),
                ]
            a, first, last = column.o_a, column.o_first, column.o_last
        return m
