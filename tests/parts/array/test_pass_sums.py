"""Sums of passes under a column: tiles of any length and number of passes, one after the other without a gap."""

import numpy as np
import pytest
from amaranth.hdl import Module, Shape
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.parts.array.pass_sums import pass_sums
from tests.parts.pysim import trace

BITS, PARTIAL, DEPTH = 14, 9, 11


class Column(wiring.Component):
    """Nothing but the sums."""

    i_read: In(data.StructLayout({"index": 4, "en": 1, "first": 1}))
    i_write: In(data.StructLayout({"index": 4, "partial_en": 1}))
    partial: In(Shape(PARTIAL, True))
    sum: Out(Shape(BITS, True))

    def elaborate(self, platform):
        m = Module()
        total = pass_sums(
            m, platform, read=self.i_read, write=self.i_write, partial=self.partial, bits=BITS, depth=DEPTH
        )
        m.d.comb += self.sum.eq(total)
        return m


@pytest.mark.parametrize("seed", range(4))
def test_every_pass_is_added_to_those_before_it(seed):
    rng = np.random.default_rng(seed)
    reads, writes, partials, expected = {}, {}, {}, {}
    cycle = 0
    for rows, passes in zip(rng.integers(4, DEPTH + 1, 12), rng.integers(1, 5, 12), strict=True):
        so_far = np.zeros(rows, int)
        for number in range(passes):
            for index, value in enumerate(rng.integers(-256, 255, rows, endpoint=True).tolist()):
                so_far[index] += value
                reads.setdefault(cycle, {}).update(index=index, en=int(number > 0))
                reads.setdefault(cycle + 2, {}).update(first=int(number == 0))
                partials[cycle + 2] = value
                writes[cycle + 3] = {"index": index, "partial_en": int(number < passes - 1)}
                expected[cycle + 3] = int(so_far[index])
                cycle += 1
    inputs = [
        {
            "i_read": {"index": 0, "en": 0, "first": 0} | reads.get(at, {}),
            "i_write": writes.get(at, {"index": 0, "partial_en": 0}),
            "partial": partials.get(at, 0),
        }
        for at in range(cycle + 4)
    ]
    seen = trace(Column(), inputs, ["sum"])["sum"]
    assert {at: seen[at] for at in expected} == expected
