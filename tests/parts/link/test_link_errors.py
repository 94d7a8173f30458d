"""Requests to the host link that come again, late, damaged or among garbage; and SYNC, which begins anew."""

import random

import pytest

from attnforge.fpga.host.frames import frame
from attnforge.hdl.parts.link.protocol import Command, Status
from tests.parts.link.link_bench import DAMAGED, LinkBench, outcome


def test_a_repeated_request_is_answered_again_and_not_executed_again():
    async def testbench(ctx, bench):
        await bench.sync(ctx, 255)
        bench.results.extend([*bench.beats(b"abcd"), *bench.beats(b"ef")])
        requests = [frame((0, Command.WRITE), b"\x00\x03abcd"), frame((1, Command.OPERAND_LAST), b"opop"),
                    frame((2, Command.RESULT), b"\x04\x00"), frame((3, Command.RESULT), b"\x40\x00")]
        for raw in requests:
            first = await bench.exchange(ctx, raw)
            for _ in range(3):
                again = await bench.exchange(ctx, raw)
                assert again[:2] + again[3:] == first[:2] + first[3:]
        assert len(bench.writes) == 2 and bench.operands == bench.beats(b"opop")
        assert first[1:] == (Status.LAST, 0, b"ef")

    LinkBench().run(testbench)


@pytest.mark.parametrize("distance", [2, 3, 100, 254, 255])
def test_a_stale_sequence_is_ignored(distance):
    async def testbench(ctx, bench):
        await bench.sync(ctx, 9)
        stale = frame(((9 + distance) % 256, Command.WRITE), b"\x00\x03abcd")
        assert await bench.exchange(ctx, stale) is None
        assert len(bench.writes) == 1
        await bench.write(ctx, (0x300, 1))
        assert bench.writes[1:] == [(0x300, 1)]

    LinkBench().run(testbench)


def test_a_damaged_frame_is_refused_at_once_and_the_answer_before_is_kept():
    async def testbench(ctx, bench):
        await bench.sync(ctx, 1)
        bench.results.extend(bench.beats(b"abcd"))
        fetch = frame((2, Command.RESULT), b"\x40\x00")
        assert outcome(await bench.exchange(ctx, fetch)) == (Status.LAST, b"abcd")
        good = frame((3, Command.WRITE), b"\x00\x03abcd")
        writes = len(bench.writes)
        for at in range(2, len(good) - 2):
            damaged = bytearray(good)
            damaged[at] ^= 1 << at % 8
            before = bench.line.now
            answer = await bench.exchange(ctx, bytes(damaged))
            assert answer[0] == 2 and outcome(answer) == DAMAGED
            assert bench.line.now - before < 4 * (10 * (len(good) + len(frame((0, 0)))) + 40)
        lost = good[:5] + good[6:]
        doubled = good[:5] + good[4:]
        for damaged in (lost, doubled, frame((3,)), frame(()), b"~~~\x00\x00\x00\x00~", b"~" + bytes(5) + b"~~"):
            assert outcome(await bench.exchange(ctx, damaged)) == DAMAGED
        assert len(bench.writes) == writes
        assert outcome(await bench.exchange(ctx, fetch)) == (Status.LAST, b"abcd")
        assert outcome(await bench.exchange(ctx, good)) == (Status.OK, b"")
        assert len(bench.writes) == writes + 1

    LinkBench().run(testbench)


def test_the_longest_request_is_executed_and_a_longer_one_refused():
    async def testbench(ctx, bench):
        await bench.sync(ctx)
        longest = random.Random(2).randbytes(60)
        assert (await bench.send(ctx, longest, last=True))[0] == Status.OK
        for more in (1, 2, 3, 4, 5, 64, 68, 70, 130, 200):
            assert (await bench.send(ctx, longest + bytes(more), last=True))[0] == Status.DAMAGED
        assert (await bench.send(ctx, longest, last=True))[0] == Status.OK
        await bench.line.tick(ctx, 200)
        assert bench.operands == 2 * bench.beats(longest)

    LinkBench().run(testbench)


def test_garbage_between_frames_costs_nothing_and_garbage_inside_is_refused():
    async def testbench(ctx, bench):
        rng = random.Random(3)

        def garbage():
            return bytes(byte for byte in rng.randbytes(30) if byte != 0x7E)

        await bench.line.send(ctx, garbage())
        await bench.sync(ctx)
        for number in range(6):
            await bench.line.send(ctx, garbage())
            await bench.write(ctx, (0x300 + 4 * number, number))
            broken = frame((bench.sequence + 1, Command.WRITE), b"\x00\x03abcd")
            at = rng.randrange(3, len(broken) - 3)
            assert outcome(await bench.exchange(ctx, broken[:at] + garbage() + broken[at:])) == DAMAGED
        assert [word for _, word in bench.writes[1:]] == list(range(6))

    LinkBench().run(testbench)


def test_a_flag_in_the_midst_of_a_frame_ends_it():
    """The rest passes while the refusal is sent; the frame is taken when it comes again."""

    async def testbench(ctx, bench):
        await bench.sync(ctx)
        good = frame((1, Command.WRITE), b"\x00\x03abcd")
        for at in range(3, len(good) - 2):
            await bench.line.send(ctx, good[:at] + b"~")
            assert outcome(await bench.answer(ctx)) == DAMAGED
        assert outcome(await bench.exchange(ctx, good)) == (Status.OK, b"")
        assert len(bench.writes) == 2

    LinkBench().run(testbench)


def test_sync_takes_back_what_waits():
    """Operands on offer, half-sent buffers and results are gone; the next ones arrive as if nothing had been."""

    async def testbench(ctx, bench):
        await bench.sync(ctx)
        for round_ in range(8):
            bench.hold = 1.0
            await bench.send(ctx, b"lostlost", last=True)
            bench.results.extend(bench.beats(b"lost"))
            bench.hold = 0.95 if round_ % 2 else 1.0
            await bench.line.tick(ctx, 3 * round_)
            await bench.sync(ctx, 17 * round_)
            bench.operands.clear()
            bench.hold = 0.2
            await bench.send(ctx, b"good", last=True)
            await bench.line.tick(ctx, 60)
            assert bench.operands == bench.beats(b"good")
            bench.results.extend(bench.beats(b"fine"))
            assert await bench.fetch(ctx, 64) == (True, b"fine")
        assert bench.resets == 9

    LinkBench().run(testbench)
