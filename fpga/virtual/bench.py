"""Runs inside the simulator: a board whose UART ends in a pseudo-terminal, with noise between the two.

Commands come as lines on standard input, and each is answered by a line of JSON; `attnforge.fpga.virtual.board` is the
other end.
"""

import json
import os
import pickle
import select
import sys
import time

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, ValueChange

from attnforge.fpga.virtual.noise import NoisyLine
from attnforge.fpga.virtual.pty_line import PtyLine

PERIOD_NS = 10
BYTES_PER_WAKE = 2  # on a line that is in full use; Python gives and takes four at most
MOST = 4
ENOUGH = 6  # bytes that may wait in the harness
IDLE_WAKES = 2000  # so many without a byte, and the simulation waits for the host
IDLE_SECONDS = 0.05
WAKES_PER_COMMAND = 100


class Board:
    """The pseudo-terminal's side of the simulation.

    Parameters
    ----------
    plan : attnforge.fpga.virtual.board.BoardPlan
    """

    def __init__(self, dut, plan):
        self.dut = dut
        self.plan = plan
        self.line = None
        self.down = NoisyLine(plan.noise, f"down {plan.seed}")
        self.up = NoisyLine(plan.noise, f"up {plan.seed}")
        self.pending = b""
        self.toggle = 0
        self.quiet = 0
        self.cycles = 0
        self.busy_cycles = 0
        self.seconds = 0.0
        self.bytes = {"down": 0, "up": 0}
        self.running = True

    def exchange(self, got):
        """Take what came from the shell, and return what goes there: the word for ``give``, or None."""
        level, count = got >> 35, got >> 32 & 7
        if count:
            self.bytes["up"] += count
            data = self.up.pass_on(got.to_bytes(5, "little")[:count])
            if self.line:
                self.line.write(data)
        if len(self.pending) < MOST and self.line:
            idle = not count and not level and self.quiet > IDLE_WAKES
            began = time.monotonic()
            fresh = self.line.read(256, IDLE_SECONDS if idle else 0.0)
            if idle:
                self.seconds -= time.monotonic() - began
            self.pending += self.down.pass_on(fresh)
            if fresh:
                self.dut.bit_time.value = round(256 * self.plan.divisor * self.plan.baud / self.line.baud())
        self.quiet = 0 if count or level or self.pending else self.quiet + 1
        if not self.pending or level > ENOUGH:
            return None
        now, self.pending = self.pending[:MOST], self.pending[MOST:]
        self.bytes["down"] += len(now)
        self.toggle ^= 1
        return self.toggle << 35 | len(now) << 32 | int.from_bytes(now, "little")

    def obey(self, command, *arguments):
        """Carry out a command and return what is to be said about it."""
        if command in ("plug", "unplug") and self.line:
            self.line.close()
            self.line, self.pending = None, b""
        if command == "plug":
            self.line = PtyLine()
            return {"port": self.line.path}
        if command == "noise":
            self.down.rate = self.up.rate = float(arguments[0])
        if command == "stop":
            self.running = False
        return {"cycles": self.cycles, "busy_cycles": self.busy_cycles, "seconds": self.seconds, **self.bytes,
                "damaged_down": self.down.damaged, "damaged_up": self.up.damaged}


@cocotb.test()
async def serve(dut):
    """Until told to stop, or until nobody is left to tell."""
    with open(os.environ["ATTNFORGE_PLAN"], "rb") as file:
        plan = pickle.load(file)
    board = Board(dut, plan)
    period = BYTES_PER_WAKE * 10 * plan.divisor
    dut.give.value = 0
    dut.bit_time.value = 256 * plan.divisor
    dut.period.value = period - 1
    dut.rst.value = 1
    Clock(dut.clk, PERIOD_NS, unit="ns").start()
    await ClockCycles(dut.clk, 4)
    dut.rst.value = 0
    wake, wakes = ValueChange(dut.wake), 0
    began = time.monotonic()
    while board.running:
        await wake
        wakes += 1
        board.cycles += period
        if board.quiet <= IDLE_WAKES:
            board.busy_cycles += period
        word = board.exchange(int(dut.got.value))
        if word is not None:
            dut.give.value = word
        if (wakes % WAKES_PER_COMMAND == 0 or board.quiet > IDLE_WAKES) and select.select([sys.stdin], [], [], 0)[0]:
            line = sys.stdin.readline()
            board.seconds += time.monotonic() - began
            began = time.monotonic()
            answer = board.obey(*(line.split() or ["stop"]))
            print("board", json.dumps(answer), flush=True)
