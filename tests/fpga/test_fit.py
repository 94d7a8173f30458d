"""What a core needs, estimated before anything is built, is near what its build took."""

import pytest

from fpga.boards import BOARDS
from fpga.device import ECP5_85F, Device
from fpga.fit import largest_array, resources
from gen.registry import DESIGNS

VITALITY = DESIGNS["vitality"]
ROUTED = {  # by `make bitstream`, host link included
    "ulx3s_85f": {"comb": 8914, "ff": 11019, "dsp": 75, "ebr": 168},
    "icebreaker": {"lc": 4747, "dsp": 4, "ram": 25},
}
BLOCKS = ("dsp", "ebr", "ram")


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_estimate_is_near_the_build(board):
    estimated = resources(VITALITY, VITALITY.presets[board.name], board.family)
    routed = ROUTED[board.name]
    assert estimated.keys() == routed.keys()
    for kind, count in routed.items():
        assert estimated[kind] == (count if kind in BLOCKS else pytest.approx(count, rel=0.2)), kind


def test_largest_array_fits_and_the_next_does_not():
    small = Device("half an ECP5-25F", "ecp5", (), {"comb": 12_000, "ff": 12_000, "dsp": 14, "ebr": 28})
    settings = {"max_tokens": 8, "max_head_dim": 4, "max_value_dim": 4, "beat_bytes": 1}
    rows, columns = largest_array("vitality", None, settings, small)
    assert 2 <= rows <= columns <= rows + 1
    smaller = largest_array("vitality", None, settings, small, below=rows * columns)
    assert smaller in ((rows, columns - 1), (rows - 1, columns))
    nothing = Device("too small", "ecp5", (), {**ECP5_85F.resources, "dsp": 1})
    assert largest_array("vitality", None, settings, nothing) is None
