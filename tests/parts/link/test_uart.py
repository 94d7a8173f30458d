"""UART receiver and transmitter at the smallest divisors, against a line whose clock is not quite theirs."""

import random

import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.parts.link.uart import UartReceiver, UartTransmitter
from tests.parts.link.uart_line import Line

DIVISORS = (4, 5, 12)
MISMATCHES = (-0.02, 0.0, 0.02)
EDGES = bytes([0x00, 0xFF, 0x55, 0xAA, 0x01, 0x80, 0x7F, 0xFE])


class Pair(wiring.Component):
    """Both directions, as the line of the tests sees them."""

    def __init__(self, divisor):
        self.receiver, self.transmitter = UartReceiver(divisor), UartTransmitter(divisor)
        super().__init__({"rx": In(1, init=1), "tx": Out(1, init=1)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.receiver, m.submodules.transmitter = self.receiver, self.transmitter
        m.d.comb += [self.receiver.rx.eq(self.rx), self.tx.eq(self.transmitter.tx)]
        return m


def received(divisor, send, mismatch=0.0):
    """The bytes that the receiver reports while ``send(ctx, line)`` runs, and a while longer."""
    dut = Pair(divisor)
    line = Line(dut, divisor, mismatch)
    seen = []

    async def watch(ctx):
        async for _, _, valid, byte in ctx.tick().sample(dut.receiver.valid, dut.receiver.byte):
            if valid:
                seen.append(byte)

    async def testbench(ctx):
        await line.tick(ctx, 5)
        await send(ctx, line)
        await line.tick(ctx, 20 * divisor)

    line.run(testbench, watch)
    return bytes(seen)


@pytest.mark.parametrize("mismatch", MISMATCHES)
@pytest.mark.parametrize("divisor", DIVISORS)
def test_bytes_are_received_with_and_without_gaps(divisor, mismatch):
    rng = random.Random(divisor)
    data = EDGES + rng.randbytes(60)

    async def send(ctx, line):
        await line.send(ctx, data)
        for byte in data:
            await line.send(ctx, [byte], gap=rng.random() * 3)

    assert received(divisor, send, mismatch) == data + data


@pytest.mark.parametrize("divisor", DIVISORS)
def test_every_byte_is_received(divisor):
    async def send(ctx, line):
        await line.send(ctx, bytes(range(256)))

    assert received(divisor, send) == bytes(range(256))


@pytest.mark.parametrize("divisor", DIVISORS)
def test_a_break_is_no_byte_and_the_next_byte_is_whole(divisor):
    async def send(ctx, line):
        await line.send(ctx, b"a")
        ctx.set(line.dut.rx, 0)
        await line.tick(ctx, 35 * divisor)
        ctx.set(line.dut.rx, 1)
        await line.tick(ctx, 2 * divisor)
        await line.send(ctx, b"b")

    assert received(divisor, send) == b"ab"


@pytest.mark.parametrize("divisor", DIVISORS)
def test_a_glitch_is_no_start_bit(divisor):
    async def send(ctx, line):
        ctx.set(line.dut.rx, 0)
        await line.tick(ctx)
        ctx.set(line.dut.rx, 1)
        await line.tick(ctx, 2 * divisor)
        await line.send(ctx, b"c")

    assert received(divisor, send) == b"c"


@pytest.mark.parametrize("mismatch", MISMATCHES)
@pytest.mark.parametrize("divisor", DIVISORS)
def test_bytes_are_sent_back_to_back(divisor, mismatch):
    data = EDGES + random.Random(divisor).randbytes(24)
    dut = Pair(divisor)
    port = dut.transmitter.i
    accepted = []

    async def feed(ctx):
        for byte in data:
            ctx.set(port.payload, byte)
            ctx.set(port.valid, 1)
            await ctx.tick().until(port.ready)
            accepted.append(byte)
        ctx.set(port.valid, 0)

    line = Line(dut, divisor, mismatch)

    async def testbench(ctx):
        assert ctx.get(dut.tx) == 1
        seen = [await line.receive(ctx, 15 * divisor) for _ in data]
        assert bytes(seen) == data == bytes(accepted)
        # Nothing between the bytes: ten bits each, but for the wait for the first tick and half a bit at the end.
        assert abs(line.now - 10 * len(data) * divisor) <= 2 * divisor + 0.02 * line.now
        assert await line.receive(ctx, 30 * divisor) is None

    line.run(testbench, feed)


@pytest.mark.parametrize("divisor", [3, 0, -4, 4.5])
def test_a_divisor_that_cannot_be_sampled_is_refused(divisor):
    for part in (UartReceiver, UartTransmitter):
        with pytest.raises(ValueError, match=rf"from 4 up, not {divisor}$"):
            part(divisor)
