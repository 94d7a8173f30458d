"""The TypeFusion processing element: multiply, add exponents, shift, accumulate (ANT, section 5)."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.ant.shape import PeShape
from attnforge.hdl.ant.terms import dsp_terms, lut_term

__all__ = ["TypeFusion", "element_latency"]


def element_latency(shape: PeShape) -> int:
    """Cycles from the operands of a sum's last product to the sum in the drain register."""
    return shape.stages + 2


class TypeFusion(wiring.Component):
    """One activation times one or two weights, summed up over a tile: ``latency`` cycles, a product per cycle.

    An element knows no types: the decoders at the edges have made of every code a magnitude with a sign and an
    exponent, or the whole value for a DSP block, and of an integer of 8 bits two digits. Neighbouring columns share an
    element, because they share the activation and its way to the right, and the DSP block.

    ``first`` and ``last`` travel with the activations. A finished sum goes to the drain register, from there up to the
    drain register above, one row per cycle, against the direction in which the tile goes down: so the sums of row r
    leave the column 2 r cycles after those of row 0, and tiles that end ``2 rows - 1`` cycles apart or more never meet.

    Parameters
    ----------
    shape : PeShape
    columns : int
        1 or 2.

    Members
    -------
    i_a, i_first, i_last, o_a, o_first, o_last : from the left, to the right (1 cycle)
    i_w, o_w : from above, to below (1 cycle)
        The weights of all columns, see `attnforge.hdl.ant.terms.together`.
    i_drain, o_drain : from below, to above (1 cycle), ``columns`` sums each
        A sum is at ``o_drain`` ``latency`` cycles after its last product's operands came in.
    """

    def __init__(self, shape: PeShape, columns):
        self.shape = shape
        self.columns = columns
        self.latency = element_latency(shape)
        self.key = (shape, columns)
        weights = shape.weights(columns)
        sums = data.ArrayLayout(shape.accumulator, columns)
        super().__init__(
            {
                "i_a": In(shape.a.layout),
                "i_first": In(1),
                "i_last": In(1),
                "o_a": Out(shape.a.layout),
                "o_first": Out(1),
                "o_last": Out(1),
                "i_w": In(weights),
                "o_w": Out(weights),
                "i_drain": In(sums),
                "o_drain": Out(sums),
            }
        )

    def elaborate(self, platform):
        m = Module()
        s1_a = Signal(self.shape.a.layout, reset_less=True, name="s1_a")
        s1_w = Signal(self.i_w.shape(), reset_less=True, name="s1_w")
        m.d.sync += [s1_a.eq(self.i_a), s1_w.eq(self.i_w)]
        stages = self.shape.stages
        firsts = [Signal(name=f"s{stage + 1}_first") for stage in range(stages)]
        lasts = [Signal(name=f"s{stage + 1}_last") for stage in range(stages + 1)]
        m.d.sync += [
            Cat(*firsts).eq(Cat(self.i_first, *firsts[:-1])),
            Cat(*lasts).eq(Cat(self.i_last, *lasts[:-1])),
        ]
        m.d.comb += [
            self.o_a.eq(s1_a),
            self.o_w.eq(s1_w),
            self.o_first.eq(firsts[0]),
            self.o_last.eq(lasts[0]),
        ]
        if self.shape.dsp:
            terms = dsp_terms(m, platform, self.shape, self.i_a, self.i_w)
        else:
            terms = [lut_term(m, self.shape, s1_a, s1_w[column], column) for column in range(self.columns)]
        for column, (term, carry) in enumerate(terms):
            total = Signal(self.shape.accumulator, name=f"sum{column}", reset_less=True)
            drain = Signal(self.shape.accumulator, name=f"drain{column}", reset_less=True)
            so_far = Mux(firsts[-1], 0, total)
            # One carry chain: the carry comes in through a bit below.
            m.d.sync += [
                total.eq((Cat(Const(1, 1), so_far).as_signed() + Cat(carry, term).as_signed()) >> 1),
                drain.eq(Mux(lasts[-1], total, self.i_drain[column])),
            ]
            m.d.comb += self.o_drain[column].eq(drain)
        return m
