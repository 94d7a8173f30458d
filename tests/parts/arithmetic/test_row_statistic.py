"""Row statistics against NumPy: lanes as they lie in an array, tiles of several rows and banks in any legal order."""

import random

import numpy as np
import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In

from attnforge.hdl.numeric import Int
from attnforge.hdl.parts.arithmetic.row_statistic import Statistic, StatisticLane, StatisticTable
from tests.parts.pysim import plain, simulate, trace

ROWS, BANKS = 5, 2
FORMS = {
    Statistic.MAXIMUM: (Int(5), Int(5), Int(5)),
    Statistic.SUM: (Int(3, signed=False), Int(6, signed=False), Int(8, signed=False)),
}
OUTPUTS = ("o_valid", "o_last", "o_bank", "o_index", "o_total")


class Chain(wiring.Component):
    """Lanes one behind the other and the table; each lane gets its value when the running one is there."""

    def __init__(self, statistic, lanes, **options):
        self.statistic = statistic
        self.lanes = lanes
        self.forms = FORMS[statistic]
        self.table = StatisticTable(statistic, *self.forms[1:], rows=ROWS, banks=BANKS, readable=True, **options)
        self.latency = lanes * StatisticLane.latency + StatisticTable.latency
        ports = {name: port for name, port in self.table.signature.members.items() if name not in ("i", "i_control")}
        super().__init__(
            {"control": In(self.table.control), "values": In(data.ArrayLayout(self.forms[0].shape, lanes)), **ports}
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.table = table = self.table
        control, running = self.control, self.statistic.neutral(self.forms[1])
        for number in range(self.lanes):
            m.submodules[f"lane{number}"] = lane = StatisticLane(self.statistic, *self.forms[:2])
            value = self.values[number]
            for late in range(number):
                previous, value = value, Signal(self.forms[0].shape, name=f"value{number}_{late}")
                m.d.sync += value.eq(previous)
            m.d.comb += [lane.value.eq(value), lane.i.eq(running)]
            previous, control, running = control, Signal(self.table.control, name=f"control{number}"), lane.o
            m.d.sync += control.eq(previous)
        m.d.comb += [table.i_control.eq(control), table.i.eq(running)]
        for name in table.signature.members:
            if name.startswith("r_") and name != "r_total":
                m.d.comb += getattr(table, name).eq(getattr(self, name))
            elif name.startswith(("o_", "r_")):
                m.d.comb += getattr(self, name).eq(getattr(table, name))
        return m


def whole_rows(dut, rng, passes, spread):
    """Tiles of many rows: a list of (control, values) or None per cycle, and what must come out, in order.

    Up to ``spread`` rows are under way, each in a place of its own; a row's next tile comes ``hazard`` cycles after the
    one before or later, as soon as it can if nothing else is drawn.
    """
    form = dut.forms[0]
    free = [(bank, index) for bank in range(BANKS) for index in range(ROWS)]
    rng.shuffle(free)
    under_way, steps, wanted, ready = [], [], [], {}
    while passes or under_way:
        if passes and len(under_way) < spread and rng.random() < 0.7:
            tiles = [[rng.randint(form.min, form.max) for _ in range(dut.lanes)] for _ in range(rng.randint(1, 4))]
            under_way.append([free.pop(0), tiles, 0])
            passes -= 1
        able = [row for row in under_way if ready.get(row[0], 0) <= len(steps)]
        if not able or rng.random() < 0.1:
            steps.append(None)
            continue
        row = rng.choice(able)
        place, tiles, at = row
        final, last = at == len(tiles) - 1, rng.randint(0, 1)
        control = {"valid": 1, "first": int(at == 0), "final": int(final), "last": last, "bank": place[0]}
        ready[place] = len(steps) + dut.table.hazard
        steps.append((control | {"index": place[1]}, tiles[at]))
        row[2] += 1
        if final:
            values = np.array(tiles)
            total = int(values.max() if dut.statistic is Statistic.MAXIMUM else values.sum())
            wanted.append({"o_last": last, "o_bank": place[0], "o_index": place[1], "o_total": total})
            under_way.remove(row)
            free.append(place)
    return steps, wanted


@pytest.mark.parametrize("statistic", Statistic)
@pytest.mark.parametrize("lanes", [1, 2, 5])
@pytest.mark.parametrize("spread", [1, 2, 9])
def test_every_row_gets_what_its_own_tiles_give(statistic, lanes, spread):
    """One row at a time comes back to back at the smallest distance; nine fill the cycles."""
    dut = Chain(statistic, lanes)
    steps, wanted = whole_rows(dut, random.Random(lanes * 10 + spread), 60, spread)
    idle = {"valid": 0, "first": 1, "final": 1, "last": 1, "bank": 1, "index": 2}
    inputs = [{"control": idle if step is None else step[0]} | ({} if step is None else {"values": step[1]})
              for step in steps]
    inputs.append({"control": idle})
    seen = trace(dut, inputs, OUTPUTS, drain=dut.latency)
    finals = [at + dut.latency for at, step in enumerate(steps) if step and step[0]["final"]]
    assert [at for at, valid in enumerate(seen["o_valid"]) if valid] == finals
    assert [{name: seen[name][at] for name in OUTPUTS[1:]} for at in finals] == wanted


@pytest.mark.parametrize("statistic", Statistic)
def test_totals_can_be_read_from_the_cycle_after_o_valid_on(statistic):
    """Every total is read at the first moment, and all of them again at the end, while the other bank is written."""
    dut, rng = Chain(statistic, 2), random.Random(3)
    form = dut.forms[0]
    totals, read = {}, []

    async def testbench(ctx):
        pending = []
        for step in range(400):
            bank, index = step // ROWS // 8 % BANKS, step % ROWS
            tile = step // ROWS % 8
            values = [rng.randint(form.min, form.max) for _ in range(2)]
            ctx.set(dut.control, {"valid": 1, "first": tile == 0, "final": tile == 7, "last": 0, "bank": bank,
                                  "index": index})
            ctx.set(dut.values, values)
            asked = pending.pop() if pending else None
            if asked is None and len(totals) == ROWS * BANKS and tile:  # all of the other bank is complete
                asked = (1 - bank, rng.randrange(ROWS))
            if asked:
                ctx.set(dut.r_bank, asked[0])
                ctx.set(dut.r_index, asked[1])
            ctx.set(dut.r_en, int(asked is not None and asked in totals))
            if ctx.get(dut.o_valid):
                pending.append((ctx.get(dut.o_bank), ctx.get(dut.o_index)))
                totals[pending[-1]] = plain(ctx.get(dut.o_total))
            expected = totals.get(asked)
            await ctx.tick()
            if expected is not None:
                assert ctx.get(dut.r_total) == expected, (step, asked)
                read.append(asked)

    simulate(dut, testbench)
    assert len(set(read)) == ROWS * BANKS and len(read) > 100
