"""A board without a board: the emitted core, its host link and a UART in a simulator, behind a pseudo-terminal."""

import json
import pickle
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from attnforge.fpga.board.shell import LINK_BUFFER, Shell
from attnforge.fpga.board.top import BoardTop
from attnforge.gen.emission.emit import emit
from attnforge.gen.yosys import run_yosys
from attnforge.hdl.parts.link.host_link import HostLink
from attnforge.sim.bench.run import SimulationError, emitted, environment, work_folder
from attnforge.sim.simulator.build import build

__all__ = ["BoardPlan", "SimulatedBoard"]

PADS = Path(__file__).parents[1] / "board" / "pads.v"
HARNESS = Path(__file__).with_name("simulated_board.v")
SHELL, LINK = "shell", "host_link"
DEFAULT_BUFFER = 256  # of the link, where the target is no family of FPGAs
PORTS = ("clk", "rst", "bit_time", "period", "give", "wake", "got", "busy", "failed")


@dataclass(frozen=True)
class BoardPlan:
    """What the bench in the simulator must know.

    Attributes
    ----------
    divisor, baud : int
        Cycles per bit of the gates, and the baud rate that this stands for.
    noise : float
    seed : int
    """

    divisor: int
    baud: int
    noise: float
    seed: int


class SimulatedBoard:
    """A context manager: within it, a host finds the board at ``port``.

    Parameters
    ----------
    design : Design
    config : Config
    divisor : int
        Clock cycles per bit; few make the simulation fast.
    baud : int
        Baud rate at which the host must open the port.
    noise : float
        Chance of each byte, in each direction, to be lost, changed or doubled.
    seed : int
        Of the noise.
    target : str
        Emission target.
    board : Board
        Simulate the top of this board around the shell, with its clock cycles per bit, baud rate and target.

    Attributes
    ----------
    port : str
        Path of the pseudo-terminal.

    Raises
    ------
    BuildError, SimulationError
    """

    def __init__(self, design, config, *, divisor=8, baud=1_000_000, noise=0.0, seed=1, target="generic", board=None):
        if board is not None:
            divisor, baud, target = board.divisor(board.clock_mhz, board.baud), board.baud, board.family
        self.design = design
        self.config = config
        self.target = target
        self.baud = baud
        self.board = board
        self.port = None
        self._plan = BoardPlan(divisor, baud, noise, seed)
        self._stack = ExitStack()
        self._process = None

    def __enter__(self):
        core = emitted(self.design, self.config, self.target)
        beat_bytes = self.config.beat_bytes
        link = HostLink(self._plan.divisor, beat_bytes, LINK_BUFFER.get(self.target, DEFAULT_BUFFER))
        shell = Shell(core.name, LINK, link.signature, beat_bytes)
        beside = [emit(part, name, target=self.target).verilog for name, part in ((LINK, link), (SHELL, shell))]
        if self.board is not None:
            beside.append(_board_top(self.board))
        verilog = "\n".join([core.verilog, *beside, HARNESS.read_text()])
        built = build(verilog, "simulated_board", ports=PORTS, target=self.target)
        with self._stack:
            work = self._stack.enter_context(work_folder())
            with open(work / "plan.pkl", "wb") as file:
                pickle.dump(self._plan, file)
            self._process = subprocess.Popen(
                built.command, cwd=work, env=environment(built, work, "attnforge.fpga.virtual.bench"), text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
            self._stack.enter_context(self._process)
            self._stack.callback(self._process.kill)
            self.plug()
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *exception):
        self._stack.close()

    def wait(self):
        """Wait for the simulator to end, which it does not by itself.

        Raises
        ------
        SimulationError
        """
        said = self._process.stdout.read()
        raise SimulationError(f"the simulator died: {said}")

    def plug(self):
        """Connect the board, by a new pseudo-terminal; returns its path. The core goes on from where it was."""
        self.port = self._command("plug")["port"]
        return self.port

    def unplug(self):
        """Pull the cable: the host's end is dead from now on."""
        self._command("unplug")

    def set_noise(self, rate):
        """Change the chance of damage."""
        self._command("noise", rate)

    def statistics(self):
        """Counts since the beginning.

        Returns
        -------
        dict
            ``cycles`` in all, ``busy_cycles`` without those in which nobody wanted anything, ``seconds`` that these
            took; bytes on the line to (``down``) and from (``up``) the shell; bytes ``damaged_down``, ``damaged_up``.
        """
        return self._command("statistics")

    def _command(self, *words):
        said = []
        try:
            self._process.stdin.write(" ".join(map(str, words)) + "\n")
            self._process.stdin.flush()
        except OSError:
            pass  # its last words tell more
        for line in self._process.stdout:
            if line.startswith("board "):
                return json.loads(line.removeprefix("board "))
            said.append(line.rstrip())
        raise SimulationError("the simulator died: " + "\n".join(said[-15:]))


def _board_top(board):
    """The Verilog of a board's top, its pads, and the module that gives its pins the names of the shell's ports.

    The board makes its own reset: the port ``rst`` leads nowhere.
    """
    platform = board.platform()
    rtlil = platform.prepare(BoardTop(board.pll(board.clock_mhz)), "top").files["top.il"]
    top = run_yosys(f"read_rtlil <<rtlil\n{rtlil}\nrtlil\nproc\nwrite_verilog -noattr\n")
    pins = {f"{platform.default_clk}_0__io": "crystal", "uart_0__rx__io": "line", "uart_0__tx__io": "tx",
            "led_0__io": "busy", "led_1__io": "failed"}  # fmt: skip
    ports = ", ".join(f".{pin}({port})" for pin, port in pins.items())
    # Wires between: a pin may be an inout.
    wrapper = ("module pins(input clk, rst, rx, output tx, busy, failed);\n"
               f"wire crystal = clk, line = rx;\ntop top({ports});\nendmodule\n")
    return "\n".join([PADS.read_text(), top, wrapper, "`define SHELL pins"])
