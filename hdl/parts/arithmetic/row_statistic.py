"""Maximum or sum of the rows of a matrix that streams past tile by tile: steps along a row, and a table of the rows."""

from enum import Enum

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.numeric import Int
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.memory.ram import Ram, address_bits
from attnforge.hdl.parts.proof import Proof

__all__ = ["Statistic", "StatisticLane", "StatisticTable", "statistic_control"]


class Statistic(Enum):
    """What is known of a row in the end."""

    MAXIMUM = "maximum"
    SUM = "sum"

    def neutral(self, form: Int) -> int:
        """The value of ``form`` that changes nothing."""
        return form.min if self is Statistic.MAXIMUM else 0

    def of(self, left, right):
        """Both together: an expression."""
        return Mux(left > right, left, right) if self is Statistic.MAXIMUM else left + right


class StatisticLane(wiring.Component):
    """A step along a row: what came in, and one more value; 1 cycle, one row per cycle.

    Lanes in a chain see a row as it passes a systolic array, each one cycle after the one before. The first lane gets
    the statistic's neutral value; what the last one gives is that of the row's tile.

    Parameters
    ----------
    statistic : Statistic
    value_form, form : Int
        Of a value and of the statistic of a tile, which must have room for it.

    Members
    -------
    value, i : In
        A value, and what the lane before gave.
    o : Out
    """

    latency = 1

    def __init__(self, statistic: Statistic, value_form: Int, form: Int):
        self.statistic = statistic
        self.key = (statistic, value_form, form)
        super().__init__({"value": In(value_form.shape), "i": In(form.shape), "o": Out(form.shape)})

    def elaborate(self, platform):
        m = Module()
        s1_running = Signal.like(self.i, name="s1_running", reset_less=True)
        m.d.sync += s1_running.eq(self.statistic.of(self.i, self.value))
        m.d.comb += self.o.eq(s1_running)
        return m


def statistic_control(rows: int, banks: int) -> data.StructLayout:
    """What goes along with a tile of a row: ``first`` and ``final`` of the row's tiles, ``last`` for the user."""
    return data.StructLayout(
        {"valid": 1, "first": 1, "final": 1, "last": 1, "bank": address_bits(banks), "index": address_bits(rows)}
    )


class StatisticTable(wiring.Component):
    """The end of a chain of lanes: puts the tiles of each row together; 3 cycles, one tile of a row per cycle.

    The first tile of a row begins anew, the final one gives the row's total. A row may come again after ``hazard``
    cycles, and a total can be read through the second port as many cycles after its final tile came in.

    Parameters
    ----------
    statistic : Statistic
    tile_form, form : Int
        Of a tile's statistic and of a row's, which must have room for it.
    rows, banks : int
        Numbers that tell rows apart.
    readable : bool
        Add the second port.

    Members
    -------
    i_control : In(statistic_control(rows, banks))
    i : In
        A tile's statistic.
    o_valid, o_last, o_bank, o_index, o_total : Out
        A row is complete.
    r_en, r_bank, r_index : In
        Only if ``readable``; from the cycle after the row's ``o_valid`` on.
    r_total : Out
        One cycle later.
    """

    latency = 3
    hazard = 4
    read_latency = Ram.latency

    def __init__(self, statistic: Statistic, tile_form: Int, form: Int, *, rows, banks, readable=False):
        self.statistic = statistic
        self.form = form
        self.rows = rows
        self.banks = banks
        self.readable = readable
        self.key = (statistic, tile_form, form, rows, banks, readable)
        self.control = control = statistic_control(rows, banks)
        members = {
            "i_control": In(control),
            "i": In(tile_form.shape),
            "o_valid": Out(1),
            "o_last": Out(1),
            "o_bank": Out(control["bank"].shape),
            "o_index": Out(control["index"].shape),
            "o_total": Out(form.shape),
        }
        if readable:
            members |= {
                "r_en": In(1),
                "r_bank": In(control["bank"].shape),
                "r_index": In(control["index"].shape),
                "r_total": Out(form.shape),
            }
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        depth = self.banks << address_bits(self.rows)
        so_far = place(m, platform, "so_far", Ram(self.form.shape, depth, f"row_{self.statistic.value}"))
        copies = [so_far]
        if self.readable:
            copies.append(place(m, platform, "totals", Ram(self.form.shape, depth, f"row_{self.statistic.value}")))
            m.d.comb += [
                copies[1].r_en.eq(self.r_en),
                copies[1].r_address.eq(Cat(self.r_index, self.r_bank)),
                self.r_total.eq(copies[1].r_data),
            ]
        s0 = self.i_control
        s1, s2, s3 = (Signal(self.control, name=f"s{stage}") for stage in (1, 2, 3))
        s1_tile, s2_tile = (Signal.like(self.i, name=f"s{stage}_tile", reset_less=True) for stage in (1, 2))
        s2_so_far, s3_total = (Signal(self.form.shape, name=n, reset_less=True) for n in ("s2_so_far", "s3_total"))
        m.d.sync += [
            s1.eq(s0),
            s2.eq(s1),
            s3.eq(s2),
            s1_tile.eq(self.i),
            s2_tile.eq(s1_tile),
            s2_so_far.eq(so_far.r_data),
            s3_total.eq(Mux(s2.first, s2_tile, self.statistic.of(s2_so_far, s2_tile))),
        ]
        m.d.comb += [so_far.r_en.eq(s0.valid & ~s0.first), so_far.r_address.eq(Cat(s0.index, s0.bank))]
        for copy in copies:
            m.d.comb += [
                copy.w_en.eq(s3.valid),
                copy.w_address.eq(Cat(s3.index, s3.bank)),
                copy.w_data.eq(s3_total),
            ]
        m.d.comb += [
            self.o_valid.eq(s3.valid & s3.final),
            self.o_last.eq(s3.last),
            self.o_bank.eq(s3.bank),
            self.o_index.eq(s3.index),
            self.o_total.eq(s3_total),
        ]
        if isinstance(platform, Proof):
            totals = [
                Mux(s1.first, s1_tile, self.statistic.of(so_far.r_data, s1_tile)),
                Mux(s2.first, s2_tile, self.statistic.of(s2_so_far, s2_tile)),
                s3_total,
            ]
            self._promise(platform.promises(m, self), (s1, s2, s3), totals)
        return m

    def _promise(self, p, controls, totals):
        # One row of the solver's choice, and what its tiles have given since its first one.
        m, tile, total = p.m, self.i_control, Signal(self.form.shape, name="total_of_row", reset_less=True)
        row = p.anything(len(tile.index) + len(tile.bank), constant=True)

        def of_row(valid, index, bank):
            return valid & (Cat(index, bank) == row)

        hit = of_row(tile.valid, tile.index, tile.bank)
        hits = [Signal(name=f"s{stage}_hit") for stage in (1, 2, 3)]
        marks = [Signal(2, name=f"s{stage}_marks", reset_less=True) for stage in (1, 2, 3)]
        begun = Signal(name="begun")
        m.d.sync += [begun.eq(begun | (hit & tile.first)), Cat(hits).eq(Cat(hit, hits[:2]))]
        m.d.sync += Cat(marks).eq(Cat(tile.final, tile.last, marks[:2]))
        with m.If(hit):
            m.d.sync += total.eq(Mux(tile.first, self.i, self.statistic.of(total, self.i)))
        busy = Cat(hits).any()
        p.given("row_comes_again_after_a_while", ~(hit & busy))

        given = of_row(self.o_valid, self.o_index, self.o_bank)
        p.always("given_once_when_final", given == (hits[2] & marks[2][0]))
        p.always("last_goes_along", ~given | (self.o_last == marks[2][1]))
        p.always("total_is_of_its_row", ~(given & begun) | (self.o_total == total))
        settled = begun & ~busy
        if self.readable:
            read, was = Signal(name="reads_row"), p.before(total, name="total_when_read")
            m.d.sync += read.eq(of_row(self.r_en, self.r_index, self.r_bank) & settled)
            p.always("read_gives_the_total_of_its_row", ~read | (self.r_total == was))
        for name in ("so_far", "totals")[: 1 + self.readable]:
            words = m.submodules[name].submodules.words.read_port(domain="comb")
            m.d.comb += words.addr.eq(row)
            p.lemma(f"{name}_has_the_total", ~settled | (words.data == total[:]))
        for stage, control, running, here, mark in zip("123", controls, totals, hits, marks, strict=True):
            p.lemma(f"s{stage}_is_of_the_row", here == of_row(control.valid, control.index, control.bank))
            p.lemma(f"s{stage}_total", ~(here & begun) | (running[: len(total)] == total[:]))
            p.lemma(f"s{stage}_marks", ~here | (mark == Cat(control.final, control.last)))
        p.lemma("row_is_in_one_stage", sum(hits) <= 1)
        p.reached("row_of_two_tiles", given & begun & ~controls[2].first)
