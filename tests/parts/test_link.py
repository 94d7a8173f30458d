"""The host link in Amaranth's simulator, byte by byte on the line: requests, refusals, repetitions, garbage."""

import random

import pytest

from fpga.frames import frame
from fpga.synthesis import synthesise
from gen.emit import emit
from hdl.parts.link import HostLink
from hdl.parts.link_protocol import Command, Status, Waiting, identity_word
from hdl.parts.registers import Page
from tests.parts.link_bench import SOFT_RESET, LinkBench

ESCAPED = bytes([0x7E, 0x7D, 0x5E, 0x5D, 0x7D, 0x7E, 0x00, 0xFF])
DAMAGED = (Status.DAMAGED, b"")


def outcome(answer):
    """Status and payload of an answer."""
    return answer[1], answer[3]


@pytest.mark.parametrize("divisor, mismatch", [(d, m) for d in (4, 5, 12) for m in (-0.02, 0.0, 0.02)])
def test_every_command_over_lines_of_every_speed(divisor, mismatch):
    """Bytes that need an escape go both ways; the line sends its bytes back to back."""

    async def testbench(ctx, bench):
        assert await bench.sync(ctx, 200) == identity_word(2, 64).to_bytes(4, "little")
        assert bench.writes == [(Page.CONTROL, SOFT_RESET)] and bench.resets == 1
        words = [(0x300, 0x7D7E7D7E), (0x3FC, 0x01234567)]
        assert await bench.write(ctx, *words) == (Status.OK, 0, b"")
        assert bench.writes[1:] == words
        assert await bench.read(ctx, 0x3FC, 0x300, 0x104) == [0x01234567, 0x7D7E7D7E, 0]
        await bench.send(ctx, ESCAPED)
        await bench.send(ctx, b"ab", last=True)
        bench.results.extend(bench.beats(ESCAPED))
        assert await bench.fetch(ctx, 64) == (True, ESCAPED)
        assert bench.operands == [*bench.beats(ESCAPED, last=False), (b"ab", 1)]

    LinkBench(divisor, mismatch=mismatch).run(testbench)


def test_an_answer_byte_by_byte():
    """One flag before it and two behind, so that one of these may get lost."""

    async def testbench(ctx, bench):
        await bench.line.send(ctx, frame((0x7E, Command.SYNC)))
        got = []
        while (byte := await bench.line.receive(ctx, bench.patience)) is not None:
            got.append(byte)
        assert bytes(got) == frame((0x7E, Status.OK), identity_word(2, 64).to_bytes(4, "little"))[1:]

    LinkBench().run(testbench)


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


def test_a_result_is_never_longer_than_its_buffer():
    async def testbench(ctx, bench):
        await bench.sync(ctx)
        data = random.Random(5).randbytes(200)
        bench.results.extend(bench.beats(data))
        assert await bench.fetch(ctx, 4094) == (False, data[:128])
        assert await bench.fetch(ctx, 4094) == (True, data[128:])

    LinkBench().run(testbench)


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


def test_an_unknown_command_does_nothing():
    async def testbench(ctx, bench):
        await bench.sync(ctx)
        for command in (0, 7):
            assert await bench.request(ctx, command, b"\x00\x03abcd") == (Status.OK, 0, b"")
        assert len(bench.writes) == 1 and bench.operands == []

    LinkBench().run(testbench)


def test_the_status_outputs():
    async def testbench(ctx, bench):
        dut = bench.dut
        assert not ctx.get(dut.busy) and not ctx.get(dut.failed)
        await bench.sync(ctx)
        await bench.line.tick(ctx, 40 * 4)
        assert not ctx.get(dut.busy)
        bench.hold = 1.0
        await bench.send(ctx, b"ab")
        await bench.line.tick(ctx, 40 * 4)
        assert ctx.get(dut.busy) and not ctx.get(dut.failed)
        assert outcome(await bench.exchange(ctx, b"~~damaged~~")) == DAMAGED
        assert ctx.get(dut.failed)
        await bench.read(ctx, 0)
        assert not ctx.get(dut.failed)

    LinkBench().run(testbench)


@pytest.mark.parametrize("parameters, message", [
    ((3, 1), "divisor is a whole number of cycles per bit from 4 up, not 3"),
    ((8, 3), "beat_bytes is a power of two from 1 to 128, not 3"),
    ((8, 256), "beat_bytes is a power of two from 1 to 128, not 256"),
    ((8, 512, 2048), "beat_bytes is a power of two from 1 to 256, not 512"),
    ((8, 0), "beat_bytes is a power of two from 1 to 128, not 0"),
    ((8, 1, 100), "buffer_bytes is a power of two from 64 to 2048, not 100"),
])
def test_what_cannot_be_built_is_refused(parameters, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        HostLink(*parameters)


@pytest.mark.parametrize("beat_bytes, most", [(1, 490), (4, 510)])
def test_the_link_leaves_a_small_fpga_to_the_core(beat_bytes, most):
    """LUTs and block RAMs on an iCE40, where each logic cell has a LUT; and the emitted text passes synthesis."""
    verilog = emit(HostLink(12, beat_bytes), "host_link", target="ice40", check_keys=True).verilog
    cells = synthesise(verilog, "host_link", family="ice40").cells
    assert cells.lut4 <= most and cells.ff <= 270 and cells.ebr == 2 and cells.dsp == 0
