"""Every board has a preset, the pins that its top asks for, and a host link that its clock can make."""

import pytest

from attnforge.fpga.board.catalogue import BOARDS, find_board
from attnforge.fpga.board.top import BoardTop
from attnforge.gen.emission.target import TARGETS
from attnforge.gen.errors import UsageError
from attnforge.gen.registry import DESIGNS

EVERY = pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
SHELL = "module shell(input clk, rst, rx, output tx, busy, failed); assign {tx, busy, failed} = {3{rx}}; endmodule"


@EVERY
def test_board_is_complete(board):
    assert board.family in TARGETS
    assert board.platform().default_clk_frequency == board.crystal_mhz * 1e6
    assert board.divisor(board.clock_mhz, board.baud) >= 4
    assert board.name in DESIGNS["vitality"].presets
    assert board.loader.format(file="x")


@EVERY
def test_the_tops_pins_and_clock_are_constrained(board):
    platform = board.platform()
    platform.add_file("shell.v", SHELL)
    files = platform.prepare(BoardTop(board.pll(board.clock_mhz)), "top").files
    constraints = "".join(files.get(name, "") for name in ("top.lpf", "top.pcf"))
    for pin in ("uart_0__rx__io", "uart_0__tx__io", "led_0__io", "led_1__io"):
        assert pin in constraints
    assert {"ulx3s_85f": "FREQUENCY PORT", "icebreaker": "set_frequency"}[board.name] in constraints


def test_errors_name_the_value_and_what_would_be_right():
    board = BOARDS["ulx3s_85f"]
    with pytest.raises(UsageError, match="BOARD=ulx3: no such board; did you mean ulx3s_85f"):
        find_board("ulx3")
    with pytest.raises(UsageError, match="--clock 77.123: .*; try 75"):
        board.pll(77.123)
    with pytest.raises(UsageError, match="--clock 24: icebreaker runs at its crystal's 12 MHz"):
        BOARDS["icebreaker"].pll(24)
    with pytest.raises(UsageError, match="--baud 20000000: at 75 MHz at most 18750000"):
        board.divisor(75, 20_000_000)
    with pytest.raises(UsageError, match="--baud 9000000: 75 MHz / 8 is more than 2 % off; try 3000000"):
        board.divisor(75, 9_000_000)
