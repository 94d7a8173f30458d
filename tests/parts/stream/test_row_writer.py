"""Elements of rows land in lane and word as the rule says, whatever the widths of beats and lanes."""

import random
from math import ceil

import pytest

from attnforge.hdl.parts.stream.row_writer import RowWriter
from tests.parts.pysim import plain, simulate

GAP = 5
"""Words between two matrices."""


@pytest.mark.parametrize("elements", [1, 2, 4, 8, 32])
@pytest.mark.parametrize("lanes", [1, 2, 3, 4, 7, 16])
def test_rows_of_any_length(elements, lanes):
    rng = random.Random(100 * elements + lanes)
    dut = RowWriter(elements, 6, lanes, 1 << 10)
    words, expected, cycles = {}, {}, []

    async def take(ctx):
        """A cycle: what it writes belongs to `latency` cycles before."""
        enables = ctx.get(dut.w_en)
        address, data = plain(ctx.get(dut.w_address)), plain(ctx.get(dut.w_data))
        for lane in range(lanes):
            if enables >> lane & 1:
                assert (address[lane], lane) not in words, "an element was written twice"
                words[address[lane], lane] = data[lane]
        await ctx.tick()

    async def bench(ctx):
        base, begun = 0, False
        for _ in range(4):
            if not begun:
                ctx.set(dut.restart, 1)
                ctx.set(dut.start, base)
                await take(ctx)
                ctx.set(dut.restart, 0)
            begun = rng.random() < 0.5  # with the last beat of the matrix before
            stride = rng.randrange(3) + ceil(70 / lanes)
            for number in range(3):
                row = [rng.randrange(64) for _ in range(rng.randrange(1, 71))]
                expected.update({(base + at // lanes, at % lanes): value for at, value in enumerate(row)})
                for at in range(0, len(row), elements):
                    while rng.random() < 0.2:
                        await take(ctx)
                    used = row[at : at + elements]
                    ctx.set(dut.valid, 1)
                    ctx.set(dut.elements, used + [rng.randrange(64) for _ in range(elements - len(used))])
                    ctx.set(dut.count, len(used))
                    ends = at + elements >= len(row)
                    ctx.set(dut.ends, ends)
                    ctx.set(dut.stride, stride if ends else 0)
                    pieces = 1
                    while not ctx.get(dut.done):
                        pieces += 1
                        await take(ctx)
                    cycles.append(pieces == ceil(len(used) / lanes))
                    if ends and number == 2 and begun:
                        ctx.set(dut.restart, 1)
                        ctx.set(dut.start, base + stride + GAP)
                    await take(ctx)
                    ctx.set(dut.restart, 0)
                    ctx.set(dut.valid, 0)
                base += stride
            base += GAP
        for _ in range(dut.latency):
            await take(ctx)

    simulate(dut, bench)
    assert words == expected
    assert all(cycles), "a cycle per piece"
