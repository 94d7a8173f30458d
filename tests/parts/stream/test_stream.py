"""The stream parts under random stalls: nothing lost, doubled or reordered, payloads frozen while they wait."""

import random

import pytest
from amaranth.lib import data

from attnforge.hdl.parts.stream.beat import Beat, StreamBuffer, StreamQueue, WidthConverter
from tests.parts.pysim import plain, simulate, transfer

STALLS = [(0.0, 0.0), (0.6, 0.0), (0.0, 0.6), (0.4, 0.4), (0.9, 0.1), (0.1, 0.9)]


def through_one_to_one(dut, bits, idle, hold):
    """Transfer random items; returns the cycles of both sides."""
    rng = random.Random(f"{dut.key} {idle} {hold}")
    items = [rng.getrandbits(bits) for _ in range(80)]
    received, sent_at, received_at = transfer(dut, items, rng, idle=idle, hold=hold)
    assert received == items
    return sent_at, received_at


@pytest.mark.parametrize("idle, hold", STALLS)
@pytest.mark.parametrize("bits", [1, 13])
def test_buffer(bits, idle, hold):
    sent_at, received_at = through_one_to_one(StreamBuffer(bits), bits, idle, hold)
    if not hold:
        assert {after - before for before, after in zip(sent_at, received_at, strict=True)} == {StreamBuffer.latency}
    if not idle and not hold:
        assert sent_at == list(range(80))


@pytest.mark.parametrize("idle, hold", STALLS)
@pytest.mark.parametrize("depth", [1, 2, 3, 8])
def test_queue(depth, idle, hold):
    sent_at, received_at = through_one_to_one(StreamQueue(9, depth), 9, idle, hold)
    if not hold:
        assert {after - before for before, after in zip(sent_at, received_at, strict=True)} == {StreamQueue.latency}
    if not idle and not hold:
        assert sent_at == list(range(0, 160, 2) if depth == 1 else range(80))


@pytest.mark.parametrize("depth", [1, 2, 3, 8])
def test_queue_holds_its_depth(depth):
    """Before a sink that seldom takes, the queue fills up to ``depth`` items, and no further."""
    _, sent_at, received_at = transfer(StreamQueue(8, depth), list(range(30)), random.Random(3), hold=0.9)
    held = max(sum(at <= cycle for at in sent_at) - sum(at <= cycle for at in received_at) for cycle in sent_at)
    assert held == depth


@pytest.mark.parametrize("make, item, piece", [
    (lambda: StreamBuffer(8), 77, 77),
    (lambda: StreamQueue(8, 1), 77, 77),
    (lambda: StreamQueue(8, 3), 77, 77),
    (lambda: WidthConverter(8, 2, 1), {"data": [7, 8], "count": 2}, {"data": [7], "count": 1, "first": 1, "last": 0}),
], ids=["buffer", "queue-1", "queue-3", "converter"])
def test_valid_does_not_wait_for_ready(make, item, piece):
    dut = make()

    async def testbench(ctx):
        ctx.set(dut.i.payload, item)
        ctx.set(dut.i.valid, 1)
        for _ in range(dut.latency):
            assert ctx.get(dut.i.ready) and not ctx.get(dut.o.valid)
            await ctx.tick()
        assert ctx.get(dut.o.valid) and plain(ctx.get(dut.o.payload)) == piece

    simulate(dut, testbench)


def test_payload_of_fields():
    layout = Beat(3)
    assert isinstance(layout, data.StructLayout) and layout.size == 25
    items = [{"data": [at, 255 - at, at ^ 170], "last": at % 5 == 4} for at in range(40)]
    for dut in (StreamBuffer(layout), StreamQueue(layout, 3)):
        received, _, _ = transfer(dut, items, random.Random(1), idle=0.3, hold=0.3)
        assert received == items


@pytest.mark.parametrize("idle, hold", STALLS[:4])
@pytest.mark.parametrize("wide, narrow", [(1, 1), (4, 1), (4, 4), (8, 4), (7, 3), (5, 4), (16, 3)])
def test_width_converter(wide, narrow, idle, hold):
    rng = random.Random(wide * 100 + narrow + int(10 * idle))
    dut = WidthConverter(5, wide, narrow)
    counts = list(range(1, wide + 1)) + [rng.randint(1, wide) for _ in range(20)] + [wide] * 3
    items, pieces = [], []
    for count in counts:
        elements = [rng.randrange(32) for _ in range(wide)]
        items.append({"data": elements, "count": count})
        for start in range(0, count, narrow):
            cut = elements[start : start + narrow]
            pieces.append({"data": cut + [0] * (narrow - len(cut)), "count": min(narrow, count - start),
                           "first": int(start == 0), "last": int(start + narrow >= count)})
    received, sent_at, received_at = transfer(dut, items, rng, idle=idle, hold=hold, count=len(pieces))
    assert received == pieces
    if not idle and not hold:
        assert received_at == list(range(dut.latency, dut.latency + len(pieces)))
        ends = [cycle for cycle, piece in zip(received_at, pieces, strict=True) if piece["last"]]
        assert [cycle + dut.latency for cycle in sent_at] == ends


@pytest.mark.parametrize("narrow", [0, 5, -2])
def test_width_converter_refuses(narrow):
    with pytest.raises(ValueError, match=rf"1 to 4 elements, not {narrow}$"):
        WidthConverter(8, 4, narrow)
