"""cocotb drivers for small benches: every beat and every register access moves from Python.

Slower than sim/bench/harness.v by far, and independent of it: the two check each other. `Pins` runs all drivers and
checkers of a bench in one coroutine: they drive after the rising edge and sample before the next one, which agrees on
Verilator and Icarus.
"""

import random
from collections import deque

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import Event, ReadOnly, RisingEdge

from attnforge.sim.bench.stalls import Stalls
from attnforge.sim.drivers.checker import StreamChecker

__all__ = ["PERIOD_NS", "CsrMaster", "HostPins", "Pins", "StreamSink", "StreamSource"]

PERIOD_NS = 10


class Pins:
    """Clock, reset, and all drivers of a bench.

    Parameters
    ----------
    dut : handle
        With ``clk`` and ``rst``.
    """

    def __init__(self, dut):
        self.dut = dut
        self.agents = []
        self.cycle = 0

    def add(self, agent):
        """Add something with ``drive()`` and ``sample(cycle)``, and return it."""
        self.agents.append(agent)
        return agent

    async def start(self):
        """Start the clock, reset the core, and let the drivers run."""
        Clock(self.dut.clk, PERIOD_NS, unit="ns").start()
        self.dut.rst.value = 1
        for agent in self.agents:
            agent.rest()
        for _ in range(3):
            await RisingEdge(self.dut.clk)
        self.dut.rst.value = 0
        cocotb.start_soon(self._run())

    async def _run(self):
        while True:
            for agent in self.agents:
                agent.drive()
            await ReadOnly()
            for agent in self.agents:
                agent.sample(self.cycle)
            self.cycle += 1
            await RisingEdge(self.dut.clk)

    async def cycles(self, count):
        """Wait."""
        for _ in range(count):
            await RisingEdge(self.dut.clk)


class _Stalling:
    """Says in every cycle whether to stall: two states, with the chances of sim/bench/harness.v."""

    def __init__(self, begin, end, rng):
        self.begin, self.end, self.rng = begin, end, rng
        self.stalled = False

    def step(self):
        draw = self.rng.randrange(256)
        self.stalled = draw >= self.end if self.stalled else draw < self.begin
        return self.stalled


class StreamSource:
    """Sends beats, idling at random; valid and payload are held until the transfer.

    Parameters
    ----------
    payload, valid, ready : handles
    stalling : _Stalling
    """

    def __init__(self, payload, valid, ready, stalling):
        self.payload, self.valid, self.ready = payload, valid, ready
        self.stalling = stalling
        self.queue = deque()
        self.offered = False
        self.sent = 0

    def send(self, beats):
        """Queue payloads (integers)."""
        self.queue.extend(beats)

    def rest(self):
        self.valid.value = 0
        self.payload.value = 0

    def drive(self):
        idle = self.stalling.step()
        if not self.offered:
            if self.queue and not idle:
                self.payload.value = self.queue.popleft()
                self.valid.value = 1
                self.offered = True
            else:
                self.valid.value = 0

    def sample(self, cycle):
        if self.offered and self.ready.value == 1:
            self.offered = False
            self.sent += 1


class StreamSink:
    """Takes beats, holding back at random; ``beats`` has (cycle, payload).

    Parameters
    ----------
    payload, valid, ready : handles
    stalling : _Stalling
    lazy : bool
        Raise ready only after valid was seen.
    """

    def __init__(self, payload, valid, ready, stalling, lazy=False):
        self.payload, self.valid, self.ready = payload, valid, ready
        self.stalling, self.lazy = stalling, lazy
        self.beats = []
        self.seen = self.takes = False

    def rest(self):
        self.ready.value = 0

    def drive(self):
        self.takes = not self.stalling.step() and (self.seen or not self.lazy)
        self.ready.value = int(self.takes)

    def sample(self, cycle):
        valid = self.valid.value == 1
        self.seen = valid and not self.takes
        if valid and self.takes:
            self.beats.append((cycle, int(self.payload.value)))


class _Reply(Event):
    """A read that is under way; ``word`` when it is set."""

    word = None


class CsrMaster:
    """Reads and writes registers by name, one access per cycle.

    Parameters
    ----------
    dut : handle
        With the ports ``csr__*``.
    registers : RegisterMap
    """

    def __init__(self, dut, registers):
        self.dut, self.registers = dut, registers
        self.queue = deque()
        self.reading, self.answering = None, None

    def rest(self):
        self.dut.csr__w_en.value = 0
        self.dut.csr__r_en.value = 0
        self.dut.csr__addr.value = 0
        self.dut.csr__w_data.value = 0

    def drive(self):
        self.answering, self.reading = self.reading, None
        name, value, reply = self.queue.popleft() if self.queue else (None, None, None)
        self.dut.csr__w_en.value = int(value is not None)
        self.dut.csr__r_en.value = int(reply is not None and value is None)
        if name is not None:
            self.dut.csr__addr.value = self.registers[name].offset
        if value is not None:
            self.dut.csr__w_data.value = value
        elif reply is not None:
            self.reading = reply

    def sample(self, cycle):
        if self.answering is not None:
            self.answering.word = int(self.dut.csr__r_data.value)
            self.answering.set()

    def write(self, name, value):
        """Queue a write."""
        self.queue.append((name, int(value), None))

    async def read(self, name):
        """Read a register."""
        reply = _Reply()
        self.queue.append((name, None, reply))
        await reply.wait()
        return reply.word

    async def until(self, name, test):
        """Read a register again and again until ``test(value)``."""
        while not test(value := await self.read(name)):
            pass
        return value


class HostPins(Pins):
    """All that a core with the host interface needs: source, sink, register port, and a checker on either stream.

    Stalls are no option but a parameter, and the checkers can't be left out: no bench runs without them.

    Parameters
    ----------
    dut : handle
    registers : RegisterMap
    stalls : Stalls
    seed : int
    """

    def __init__(self, dut, registers, stalls: Stalls, seed: int):
        super().__init__(dut)
        knobs = stalls.knobs()

        def stalling(name):
            return _Stalling(knobs[f"{name}_begin"], knobs[f"{name}_end"], random.Random(f"{seed} {name}"))

        i = dut.i__payload, dut.i__valid, dut.i__ready
        o = dut.o__payload, dut.o__valid, dut.o__ready
        self.source = self.add(StreamSource(*i, stalling("idle")))
        self.sink = self.add(StreamSink(*o, stalling("hold"), stalls.lazy))
        self.csr = self.add(CsrMaster(dut, registers))
        self.checkers = [self.add(StreamChecker("i", *i)), self.add(StreamChecker("o", *o))]

    @property
    def violations(self):
        """What the checkers found: texts with their cycles."""
        return [text for checker in self.checkers for text in checker.violations]
