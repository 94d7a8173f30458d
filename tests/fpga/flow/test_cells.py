"""Counts of cells: what they are read from, and how they add up."""

import json

from attnforge.fpga.flow.cells import Cells, read_statistics


def test_from_types_leaves_out_what_costs_nothing():
    types = {"LUT4": 10, "CCU2C": 3, "TRELLIS_FF": 7, "MULT18X18D": 2, "DP16KD": 1, "PFUMX": 4, "pe": 9}
    assert Cells.from_types(types) == Cells(lut4=10, ccu2c=3, ff=7, dsp=2, ebr=1)


def test_an_ice40_counts_flip_flops_of_every_kind():
    types = {"SB_LUT4": 9, "SB_CARRY": 5, "SB_DFF": 1, "SB_DFFESR": 2, "SB_DFFSS": 3, "SB_MAC16": 4, "SB_RAM40_4K": 5,
             "SB_RAM40_4KNR": 2}
    assert Cells.from_types(types) == Cells(lut4=9, carry=5, ff=6, dsp=4, ebr=7)


def test_comb_counts_carry_twice_and_memories_four_times():
    assert Cells(lut4=10, ccu2c=3, lutram=2).comb == 10 + 6 + 8


def test_arithmetic():
    assert Cells(1, 2, 3, 4, 5, 6, 7) * 2 + Cells(lut4=1) == Cells(3, 4, 6, 8, 10, 12, 14)


def test_statistics_lose_the_backslash(tmp_path):
    path = tmp_path / "cells.json"
    path.write_text(json.dumps({"modules": {"\\top": {"num_cells_by_type": {"LUT4": 2, "\\inner": 1}}}}))
    assert read_statistics(path) == {"top": {"LUT4": 2, "inner": 1}}
