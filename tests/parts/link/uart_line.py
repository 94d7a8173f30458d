"""A UART line in Amaranth's simulator: what the tests of UART and link share."""

from collections import deque

from amaranth.hdl import ClockDomain, Module
from amaranth.sim import Simulator


class Line:
    """Sends and receives bytes over ``dut.rx`` and ``dut.tx``, in time that need not be whole cycles.

    Parameters
    ----------
    divisor : int
    mismatch : float
        How much longer this side's bits are, as a fraction.
    """

    def __init__(self, dut, divisor, mismatch=0.0):
        self.dut = dut
        self.bit = divisor * (1 + mismatch)
        self.now = 0
        self._received = deque()

    def run(self, testbench, *background):
        """Run a testbench; background processes, and listening to the line, stop when it is over."""
        m = Module()
        m.domains.sync = ClockDomain()
        m.submodules.dut = self.dut
        simulator = Simulator(m)
        simulator.add_clock(1e-6)
        for process in (self._listen, *background):
            simulator.add_process(process)
        simulator.add_testbench(testbench)
        simulator.run()

    async def tick(self, ctx, cycles=1):
        if cycles:
            await ctx.tick().repeat(cycles)
        self.now += cycles

    async def send(self, ctx, data, gap=0.0):
        """Send bytes, ``gap`` bits between them."""
        start = float(self.now)
        for byte in data:
            for at, level in enumerate([0, *((byte >> k) & 1 for k in range(8)), 1]):
                ctx.set(self.dut.rx, level)
                await self.tick(ctx, max(0, round(start + (at + 1) * self.bit) - self.now))
            start += (10 + gap) * self.bit
            await self.tick(ctx, max(0, round(start) - self.now))

    async def receive(self, ctx, patience):
        """The next byte; None when none is complete in ``patience`` cycles."""
        for _ in range(patience):
            if self._received:
                break
            await self.tick(ctx)
        return self._received.popleft() if self._received else None

    async def _listen(self, ctx):
        start, levels, now = None, [], 0
        async for _, _, level in ctx.tick().sample(self.dut.tx):
            now += 1
            if start is None:
                if level:
                    continue
                start, levels = now, []
            if now >= round(start + (len(levels) + 0.5) * self.bit):
                levels.append(level)
                if len(levels) == 10:
                    assert levels[0] == 0 and levels[9] == 1, f"no start or no stop bit: {levels}"
                    self._received.append(sum(bit << k for k, bit in enumerate(levels[1:9])))
                    start = None
