"""The host link in Amaranth's simulator, byte by byte on the line: its requests, its status outputs and its size."""

import pytest

from attnforge.fpga.flow.synthesis import synthesise
from attnforge.fpga.host.frames import frame
from attnforge.gen.emission.emit import emit
from attnforge.hdl.contract.registers import Page
from attnforge.hdl.parts.link.host_link import HostLink
from attnforge.hdl.parts.link.protocol import Command, Status, identity_word
from tests.parts.link.link_bench import DAMAGED, SOFT_RESET, LinkBench, outcome

ESCAPED = bytes([0x7E, 0x7D, 0x5E, 0x5D, 0x7D, 0x7E, 0x00, 0xFF])


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


def test_an_unknown_command_does_nothing():
    async def testbench(ctx, bench):
        await bench.sync(ctx)
        for command in (0, 7):
            assert await bench.request(ctx, command, b"\x00\x03abcd") == (Status.OK, 0, b"")
        assert len(bench.writes) == 1 and bench.operands == []

    LinkBench().run(testbench)


def test_entries_that_are_cut_short_and_requests_without_one_do_nothing():
    async def testbench(ctx, bench):
        await bench.sync(ctx)
        bench.results.extend(bench.beats(b"ab"))
        for command in (Command.WRITE, Command.READ, Command.OPERAND, Command.OPERAND_LAST, Command.RESULT):
            status, _, answer = await bench.request(ctx, command)
            assert (status, answer) == (Status.OK, b"")
        entry = b"\x00\x03wxyz"
        for missing in range(1, 6):
            assert (await bench.request(ctx, Command.WRITE, entry + entry[:-missing]))[0] == Status.OK
        assert bench.writes[1:] == 5 * [(0x300, int.from_bytes(b"wxyz", "little"))]
        assert (await bench.request(ctx, Command.READ, b"\x00\x03\x00"))[2] == b"wxyz"
        assert (await bench.request(ctx, Command.RESULT, b"\x02"))[2] == b""
        assert await bench.fetch(ctx, 2) == (True, b"ab")
        await bench.send(ctx, b"op", last=True)
        assert bench.operands == [(b"op", 1)]

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
    ((8, 512, 1024), "beat_bytes is a power of two from 1 to 256, not 512"),
    ((8, 0), "beat_bytes is a power of two from 1 to 128, not 0"),
    ((8, 1, 100), "buffer_bytes is a power of two from 64 to 1024, not 100"),
    ((8, 1, 2048), "buffer_bytes is a power of two from 64 to 1024, not 2048"),
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
