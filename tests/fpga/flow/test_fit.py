"""What a core needs, estimated before anything is built, is near what its build took."""

import pytest

from attnforge.fpga.board.catalogue import BOARDS
from attnforge.fpga.board.chip import ECP5_85F, Device
from attnforge.fpga.flow.dsp_blocks import blocks_needed, enables_of_netlist
from attnforge.fpga.flow.fit import largest_array, resources
from attnforge.fpga.flow.synthesis import synthesise
from attnforge.gen.emission.emit import elaborate, emit
from attnforge.gen.registry import DESIGNS
from attnforge.hdl.parts.array.systolic import SystolicArray
from attnforge.sim.bench.run import emitted

VITALITY = DESIGNS["vitality"]
ROUTED = {  # by `make bitstream`, host link included
    "ulx3s_85f": {"comb": 8773, "ff": 9825, "dsp": 77, "dsp_block": 20, "ebr": 168},
    "icebreaker": {"lc": 4742, "dsp": 4, "ram": 25},
}
BLOCKS = ("dsp", "ebr", "ram")


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_estimate_is_near_the_build(board):
    estimated = resources(VITALITY, VITALITY.presets[board.name], board.family)
    routed = dict(ROUTED[board.name])
    assert estimated.keys() == routed.keys()
    if "dsp_block" in routed:  # yosys merges enables of equal value, so a netlist may need fewer
        needed = routed.pop("dsp_block")
        assert needed <= estimated["dsp_block"] <= 1.2 * needed
    for kind, count in routed.items():
        assert estimated[kind] == (count if kind in BLOCKS else pytest.approx(count, rel=0.2)), kind


def test_largest_array_fits_and_the_next_does_not():
    small = Device("half an ECP5-25F", "ecp5", (), {"comb": 12_000, "ff": 12_000, "dsp": 14, "dsp_block": 4, "ebr": 28})
    settings = {"max_tokens": 8, "max_head_dim": 4, "max_value_dim": 4, "beat_bytes": 1}
    rows, columns = largest_array("vitality", None, settings, small)
    assert 2 <= rows <= columns <= rows + 1
    smaller = largest_array("vitality", None, settings, small, below=rows * columns)
    assert smaller in ((rows, columns - 1), (rows - 1, columns))
    nothing = Device("too small", "ecp5", (), {**ECP5_85F.resources, "dsp": 1})
    assert largest_array("vitality", None, settings, nothing) is None


# Bare arrays of 13 x 8 bits on the 85F, nextpnr-ecp5 0.11.1, seed 1, on a machine with other work: 110 elements were
# placed and routed in 541 s, 117 in 570 s; 121 had no place after 900 s, when the router was stopped.
PLACED = {(10, 11): True, (9, 13): True, (11, 11): False}


@pytest.mark.parametrize("shape", PLACED, ids="{0[0]}x{0[1]}".format)
def test_arrays_fit_by_their_enables(shape):
    rows, columns = shape
    multipliers = elaborate(SystolicArray(rows, columns, 13, 8, 30), "ecp5").enables
    assert len(multipliers) == rows * columns
    shortage = ECP5_85F.shortage(dsp=len(multipliers), dsp_block=blocks_needed(multipliers))
    assert (not shortage) == PLACED[shape]
    if shortage:
        assert shortage == ("41 of 39 DSP blocks (of four multipliers and four wires for clock enables, constants "
                            "counted)")


def own(count, shared=("1",)):
    return [frozenset({*shared, number}) for number in range(count)]


@pytest.mark.parametrize("multipliers, blocks", [
    ([], 0),
    ([frozenset()] * 9, 3),  # inferred ones have no enables
    ([frozenset({"1"})] * 8, 2),
    (own(3), 1),
    (own(4), 2),
    (own(117), 39),
    (own(3) + [frozenset({"1"})], 1),  # the fourth place takes one without a net of its own
    (own(30) + [frozenset({"1"})] * 10, 10),
    (own(8, shared=()), 2),
    ([frozenset({"1", "swap"})] * 8, 2),
    ([frozenset({number, -number}) for number in range(1, 5)], 2),
])
def test_blocks_of_multipliers(multipliers, blocks):
    assert blocks_needed(multipliers) == blocks
    assert blocks_needed(reversed(multipliers)) == blocks


@pytest.mark.parametrize("name", DESIGNS)
def test_enables_in_the_hierarchy_are_those_of_the_netlist(name):
    """But for registers of equal value, which yosys merges: the estimate may be of more blocks, never of fewer."""
    design = DESIGNS[name]
    core = emitted(design, design.presets["tiny"], "ecp5")
    netlist = synthesise(core.verilog, core.name).folder / "netlist.json"
    estimated = core.inventory.enables
    found = [nets for nets in enables_of_netlist(netlist) if nets]
    assert len(found) == len(estimated) > 0
    assert sorted(map(len, found)) == sorted(map(len, estimated))
    assert blocks_needed(found) <= blocks_needed(estimated)


def test_a_netlist_tells_its_enables(folder):
    core = emit(SystolicArray(2, 3, 4, 4, 9), "array", target="ecp5").verilog
    found = enables_of_netlist(synthesise(core, "array", root=folder).folder / "netlist.json")
    assert len(set(found)) == 6 and all(len(nets) == 2 and "1" in nets for nets in found)
