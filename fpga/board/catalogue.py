"""The boards that bitstreams are built for: one entry each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from amaranth.build import Attrs, Pins, Resource
from amaranth_boards.icebreaker import ICEBreakerPlatform
from amaranth_boards.ulx3s import ULX3S_85F_Platform

from attnforge.fpga.board.chip import ECP5_85F, ICE40_UP5K, Device
from attnforge.fpga.board.pll import Pll
from attnforge.fpga.board.top import KEEP_RUNNING
from attnforge.gen.errors import UsageError
from attnforge.gen.registry import nearest


@dataclass(frozen=True)
class Board:
    """A board, as the flow needs it.

    Attributes
    ----------
    name : str
        As ``BOARD=`` takes it; presets of designs for this board have the same name.
    title : str
    device : Device
    platform : () -> amaranth.build.Platform
        Pins and clocks, from amaranth-boards.
    crystal_mhz : float
    clock_mhz : float
        The core's clock, unless the user asks for another one.
    baud : int
        Of the host link, unless the user asks for another one.
    bitstream : str
        Ending of the bitstream's file name.
    loader : str
        Command that loads ``{file}`` into the board until it is switched off.
    """

    name: str
    title: str
    device: Device
    platform: Callable[[], Any]
    crystal_mhz: float
    clock_mhz: float
    baud: int
    bitstream: str
    loader: str

    @property
    def family(self):
        """The emission target."""
        return self.device.family

    def pll(self, clock_mhz):
        """Return the PLL for a clock, or None when it is the crystal's own.

        Raises
        ------
        UsageError
            The board can't make this clock.
        """
        if clock_mhz == self.crystal_mhz:
            return None
        try:
            if self.family == "ecp5":
                return Pll.between(self.crystal_mhz, clock_mhz)
        except ValueError as error:
            raise UsageError(f"--clock {clock_mhz:g}: {error}; try {self.clock_mhz:g}") from None
        raise UsageError(f"--clock {clock_mhz:g}: {self.name} runs at its crystal's {self.crystal_mhz:g} MHz")

    def divisor(self, clock_mhz, baud):
        """Return clock cycles per bit of the host link.

        Raises
        ------
        UsageError
            Below 1200 baud, fewer than four cycles, or more than 2 % beside the baud rate.
        """
        cycles = round(clock_mhz * 1e6 / baud)
        if baud < 1200:
            raise UsageError(f"--baud {baud}: from 1200 up; try {self.baud}")
        if baud * 4 > clock_mhz * 1e6:
            raise UsageError(f"--baud {baud}: at {clock_mhz:g} MHz at most {int(clock_mhz * 1e6 / 4)}")
        if abs(clock_mhz * 1e6 / cycles / baud - 1) > 0.02:
            raise UsageError(f"--baud {baud}: {clock_mhz:g} MHz / {cycles} is more than 2 % off; try {self.baud}")
        return cycles


def _ulx3s_85f():
    platform = ULX3S_85F_Platform()
    # Low, it would make the ESP32 beside the FPGA restart the board.
    platform.add_resources([Resource(KEEP_RUNNING, 0, Pins("L2", dir="o"), Attrs(IO_TYPE="LVCMOS33"))])
    return platform


BOARDS = {
    board.name: board
    for board in (
        Board(
            name="ulx3s_85f",
            title="Radiona ULX3S with ECP5-85F",
            device=ECP5_85F,
            platform=_ulx3s_85f,
            crystal_mhz=25,
            clock_mhz=75,
            baud=3_000_000,
            bitstream=".bit",
            loader="openFPGALoader --board ulx3s {file}",
        ),
        Board(
            name="icebreaker",
            title="1BitSquared iCEBreaker with iCE40 UP5K",
            device=ICE40_UP5K,
            platform=ICEBreakerPlatform,
            crystal_mhz=12,
            clock_mhz=12,
            baud=1_000_000,
            bitstream=".bin",
            loader="iceprog {file}",
        ),
    )
}


def find_board(name):
    """Return a board by its name.

    Raises
    ------
    UsageError
        There is none; the message lists those that there are.
    """
    if name not in BOARDS:
        raise UsageError(f"BOARD={name}: no such board; {nearest(name, list(BOARDS))}")
    return BOARDS[name]
