"""The whole top of each board, from pin to pin, runs jobs: crystal, PLL, reset at power-on, pads, shell."""

from dataclasses import replace

import pytest

from attnforge.fpga.board.catalogue import BOARDS
from attnforge.fpga.virtual.board import SimulatedBoard
from attnforge.hdl.vitality import DESIGN
from tests.fpga.board.boards_of_tests import check_good_job, opened

SMALL = replace(DESIGN.presets["tiny"], rows=1, columns=2, max_tokens=4, max_head_dim=3, max_value_dim=3, dividers=1)


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_the_boards_top_runs_jobs(board):
    with SimulatedBoard(DESIGN, SMALL, board=board) as simulated, opened(simulated) as device:
        assert device.config == SMALL
        check_good_job(device)
