"""A host link between a line and a toy core in Amaranth's simulator: what the tests of the link share."""

import random
from collections import deque

from attnforge.fpga.host.frames import FrameReader, frame
from attnforge.hdl.contract.registers import Page
from attnforge.hdl.parts.link.host_link import HostLink
from attnforge.hdl.parts.link.protocol import Command, Status, Waiting
from tests.parts.link.uart_line import Line

SOFT_RESET = 2
DAMAGED = (Status.DAMAGED, b"")


def outcome(answer):
    """Status and payload of an answer."""
    return answer[1], answer[3]


class LinkBench:
    """A link with a core that logs writes, answers reads from ``registers``, takes operands and gives ``results``.

    Parameters
    ----------
    divisor, beat_bytes, buffer_bytes
        See `HostLink`.
    mismatch : float
        See `Line`.
    idle, hold : float
        How probable it is, per cycle, that the core does not begin to offer a result, and that it takes no operand.
    seed : int
    """

    def __init__(self, divisor=4, beat_bytes=2, buffer_bytes=64, mismatch=0.0, idle=0.0, hold=0.0, seed=1):
        self.dut = HostLink(divisor, beat_bytes, buffer_bytes)
        self.line = Line(self.dut, divisor, mismatch)
        self.rng = random.Random(seed)
        self.idle, self.hold = idle, hold
        self.registers = {}
        self.writes = []
        self.operands = []
        self.results = deque()
        self.resets = 0
        self.sequence = 0
        self.patience = (400 + 2 * buffer_bytes) * divisor  # longer than RESULT may take

    def run(self, testbench):
        """Run ``testbench(ctx, bench)`` after a reset and a pause."""

        async def whole(ctx):
            ctx.set(self.dut.rx, 1)
            await self.line.tick(ctx, 5)
            await testbench(ctx, self)

        self.line.run(whole, self._core)

    async def _core(self, ctx):
        dut = self.dut
        csr, operand, result = dut.csr, dut.operand, dut.result
        payload = operand.payload.as_value()
        size = len(payload)
        waiting = None
        names = (csr.w_en, csr.r_en, operand.valid, operand.ready, result.valid, result.ready)
        offered = False
        seen = ctx.tick().sample(payload, csr.addr, csr.w_data, *names)
        async for _, _, beat, addr, w_data, w_en, r_en, valid, ready, r_valid, r_ready in seen:
            if waiting is not None:
                assert valid and beat == waiting, "valid was withdrawn, or the payload changed while it waited"
            waiting = beat if valid and not ready else None
            if valid and ready:
                self.operands.append((beat.to_bytes(-(-size // 8), "little")[: size // 8], beat >> size - 1))
            if r_valid and r_ready:
                self.results.popleft()
                offered = False
            if w_en:
                self.writes.append((addr, w_data))
                self.registers[addr] = w_data
                if addr == Page.CONTROL and w_data & SOFT_RESET:
                    self.resets += 1
                    self.results.clear()
                    offered, waiting = False, None
            if r_en:
                ctx.set(csr.r_data, self.registers.get(addr, 0))
            take = self.rng.random() >= self.hold
            if take != ready:
                ctx.set(operand.ready, take)
            offered = bool(self.results) and (offered or self.rng.random() >= self.idle)
            if offered != r_valid or (r_valid and r_ready):
                ctx.set(result.valid, offered)
            if offered and not (r_valid and not r_ready):
                data, last = self.results[0]
                ctx.set(result.payload, {"data": list(data), "last": last})

    async def answer(self, ctx, patience=None):
        """The next frame on the line, or None when there is none in time; a damaged one is a failure of the test."""
        reader = FrameReader()
        while (byte := await self.line.receive(ctx, patience or self.patience)) is not None:
            for body in reader.feed(bytes([byte])):
                assert body is not None, "the link sent a damaged frame"
                return body[0], Status(body[1] & 3), Waiting(body[1] & ~3), body[2:]
        return None

    async def exchange(self, ctx, raw):
        """Send bytes and return the answer."""
        await self.line.send(ctx, raw)
        return await self.answer(ctx)

    async def request(self, ctx, command, payload=b""):
        """A request with the next sequence byte; returns its status, the flags and the payload of the answer."""
        following = (self.sequence + 1) % 256
        sequence, status, flags, answer = await self.exchange(ctx, frame((following, command), payload))
        if status in (Status.OK, Status.LAST):
            self.sequence = following
        assert sequence == self.sequence
        return status, flags, answer

    async def sync(self, ctx, sequence=0):
        """SYNC, and the identity that it answers."""
        answered, status, _, identity = await self.exchange(ctx, frame((sequence, Command.SYNC)))
        assert (answered, status) == (sequence, Status.OK)
        self.sequence = sequence
        return identity

    async def write(self, ctx, *pairs):
        payload = b"".join(at.to_bytes(2, "little") + word.to_bytes(4, "little") for at, word in pairs)
        return await self.request(ctx, Command.WRITE, payload)

    async def read(self, ctx, *addresses):
        """The words at these addresses."""
        _, _, answer = await self.request(ctx, Command.READ, b"".join(at.to_bytes(2, "little") for at in addresses))
        return [int.from_bytes(answer[at : at + 4], "little") for at in range(0, len(answer), 4)]

    async def send(self, ctx, data, last=False):
        return await self.request(ctx, Command.OPERAND_LAST if last else Command.OPERAND, data)

    async def fetch(self, ctx, limit):
        """Results of at most ``limit`` bytes: whether `last` came, and the bytes."""
        status, _, answer = await self.request(ctx, Command.RESULT, limit.to_bytes(2, "little"))
        return status == Status.LAST, answer

    def beats(self, data, last=True):
        """Bytes as beats of the core."""
        size = self.dut.beat_bytes
        ends = range(size, len(data) + 1, size)
        return [(bytes(data[end - size : end]), int(last and end == len(data))) for end in ends]
