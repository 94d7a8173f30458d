"""Operands and results through the host link: nothing lost or reordered, whatever waits for what."""

import random

import pytest

from attnforge.fpga.host.frames import frame
from attnforge.hdl.parts.link.protocol import Command, Status, Waiting, identity_word
from tests.parts.link.link_bench import LinkBench


@pytest.mark.parametrize("beat_bytes, idle, hold", [(1, 0.7, 0.9), (2, 0.0, 0.97), (4, 0.9, 0.0), (4, 0.7, 0.98),
                                                    (32, 0.5, 0.5)])
def test_streams_under_random_stalls(beat_bytes, idle, hold):
    """Operands of any length arrive once and in order, `last` on the final beat; so do results."""

    async def testbench(ctx, bench):
        rng = random.Random(beat_bytes)
        await bench.sync(ctx)
        sent, wanted, got = [], [], []
        for _ in range(4):
            data = rng.randbytes(beat_bytes * rng.randint(1, 60 // beat_bytes))
            last = rng.random() < 0.5
            answers = rng.randbytes(beat_bytes * rng.randint(1, 100 // beat_bytes))
            bench.results.extend(bench.beats(answers))
            wanted += bench.beats(answers)
            while (await bench.send(ctx, data, last))[0] == Status.BUSY:
                pass
            sent += bench.beats(data, last)
            final = False
            while not final:
                final, part = await bench.fetch(ctx, beat_bytes * rng.randint(1, 100 // beat_bytes))
                got += bench.beats(part, final)
        while (await bench.request(ctx, Command.READ))[1] & Waiting.OPERANDS:
            pass
        assert bench.operands == sent
        assert got == wanted

    LinkBench(beat_bytes=beat_bytes, idle=idle, hold=hold).run(testbench)


def test_a_result_ends_with_last_with_the_limit_or_when_nothing_comes():
    async def testbench(ctx, bench):
        await bench.sync(ctx)
        bench.results.extend([*bench.beats(b"abcdef"), *bench.beats(b"gh"), *bench.beats(b"ijkl", last=False)])
        assert await bench.fetch(ctx, 4) == (False, b"abcd")
        assert await bench.fetch(ctx, 0) == (False, b"")
        assert await bench.fetch(ctx, 2) == (True, b"ef")
        assert await bench.fetch(ctx, 100) == (True, b"gh")
        before = bench.line.now
        assert await bench.fetch(ctx, 100) == (False, b"ijkl")
        request = frame((bench.sequence, Command.RESULT), (100).to_bytes(2, "little"))
        answer = frame((bench.sequence, Status.OK), b"ijkl")
        line_bytes = len(request) + len(answer) - 3  # the link opens with one flag; the closing ones have a spare
        waited = (bench.line.now - before) / 4 - 10 * line_bytes
        assert abs(waited - 64) < 10  # bit times, as many as the buffer has bytes

    LinkBench().run(testbench)


SIZES = [(1, 64), (32, 64), (64, 128), pytest.param(256, 1024, marks=pytest.mark.slow)]


@pytest.mark.parametrize("beat_bytes, buffer_bytes", SIZES)
def test_the_longest_frames_of_every_size(beat_bytes, buffer_bytes):
    """Neither side ever waits; no answer is longer than its buffer, whatever is asked for."""

    async def testbench(ctx, bench):
        rng = random.Random(5)
        assert await bench.sync(ctx) == identity_word(beat_bytes, buffer_bytes).to_bytes(4, "little")
        operands = rng.randbytes((buffer_bytes - 4) // beat_bytes * beat_bytes)
        results = rng.randbytes(4 * buffer_bytes + beat_bytes)
        bench.results.extend(bench.beats(results))
        assert (await bench.send(ctx, operands, last=True))[0] == Status.OK
        assert await bench.fetch(ctx, 2 * buffer_bytes) == (False, results[: 2 * buffer_bytes])
        assert bench.operands == bench.beats(operands)
        assert await bench.fetch(ctx, 0) == (False, b"")
        assert await bench.fetch(ctx, 4095) == (False, results[2 * buffer_bytes : 4 * buffer_bytes])
        assert await bench.fetch(ctx, 4095) == (True, results[4 * buffer_bytes :])

    LinkBench(beat_bytes=beat_bytes, buffer_bytes=buffer_bytes).run(testbench)


def test_the_answer_says_whether_results_and_operands_wait():
    async def testbench(ctx, bench):
        await bench.sync(ctx)
        assert (await bench.request(ctx, Command.READ))[1] == 0
        bench.results.append((b"ab", 1))
        assert (await bench.request(ctx, Command.READ))[1] == Waiting.RESULTS
        bench.hold = 1.0
        assert (await bench.send(ctx, b"abcd"))[1] == Waiting.RESULTS | Waiting.OPERANDS
        await bench.fetch(ctx, 2)
        bench.hold = 0.0
        await bench.line.tick(ctx, 20)
        assert (await bench.request(ctx, Command.READ))[1] == 0

    LinkBench().run(testbench)


def test_busy_while_operands_wait_and_everything_else_goes_on():
    async def testbench(ctx, bench):
        bench.registers[0x100] = 77
        await bench.sync(ctx)
        bench.hold = 1.0
        assert (await bench.send(ctx, b"first_"))[0] == Status.OK
        for _ in range(2):
            assert (await bench.send(ctx, b"second", last=True))[0] == Status.BUSY
            assert await bench.read(ctx, 0x100) == [77]
            await bench.write(ctx, (0x304, 5))
            bench.results.append((b"ab", 1))
            assert await bench.fetch(ctx, 64) == (True, b"ab")
        assert bench.operands == []
        bench.hold = 0.5
        await bench.line.tick(ctx, 100)
        assert (await bench.send(ctx, b"second", last=True))[0] == Status.OK
        await bench.line.tick(ctx, 100)
        assert bench.operands == [*bench.beats(b"first_", last=False), *bench.beats(b"second")]

    LinkBench().run(testbench)


def test_requests_are_executed_while_operands_are_read_from_the_same_memory():
    async def testbench(ctx, bench):
        rng = random.Random(4)
        await bench.sync(ctx)
        words, sent, draining = [], b"", 0
        for _ in range(6):
            data = rng.randbytes(60)
            while (await bench.send(ctx, data))[0] == Status.BUSY:
                pass
            sent += data
            for _ in range(3):
                pairs = [(4 * rng.randrange(1, 1024), rng.getrandbits(32)) for _ in range(3)]
                draining += bool((await bench.write(ctx, *pairs))[1] & Waiting.OPERANDS)
                words += pairs
        while (await bench.request(ctx, Command.READ))[1] & Waiting.OPERANDS:
            pass
        assert draining > 10
        assert bench.writes[1:] == words
        assert b"".join(data for data, _ in bench.operands) == sent

    LinkBench(beat_bytes=1, hold=0.985).run(testbench)
