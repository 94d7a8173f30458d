"""The systolic array against matrix products: every size, tiles in the shortest slots, random gaps."""

import random
from dataclasses import dataclass

import numpy as np
import pytest

from attnforge.hdl.parts.array.systolic import PeColumn, ProcessingElement, SystolicArray
from tests.parts.pysim import trace

MOVING, STATIONARY = 8, 6


@dataclass
class Tile:
    """A stationary matrix, and the vectors that it is multiplied with."""

    stationary: np.ndarray  # (rows, columns)
    moving: np.ndarray  # (vectors, rows)
    load: list  # per column, the cycle of the first word
    starts: list  # per moving vector


def sum_bits(rows):
    return MOVING + STATIONARY + (rows - 1).bit_length()


def operands(rng, bits, shape):
    """Random integers, every sixth an extreme."""
    low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    values = rng.integers(low, high, shape, endpoint=True)
    extreme = rng.choice([low, high], shape)
    return np.where(rng.random(shape) < 1 / 6, extreme, values)


def schedule(rows, columns, tiles, rng, gap):
    """Tiles one after the other; ``gap()`` gives idle cycles.

    A load takes ``rows`` cycles and is over before the swap; the next one begins with the swap at the earliest. Column
    c may do everything c cycles later.
    """
    planned = []
    swap = [0] * columns  # earliest begin of the next load, per column
    free = 0  # first cycle after the vectors of the tile before
    for number in range(tiles):
        load = [begin + gap() for begin in swap]
        ready = max(begin + rows - column for column, begin in enumerate(load))
        start = max(ready, free) + gap()
        # A slot of ``rows`` vectors and no gaps keeps loads and products busy all the time.
        starts = []
        for _ in range(rows if number % 3 else int(rng.integers(1, 2 * rows + 2))):
            starts.append(start)
            start += 1 + (gap() if gap() else 0)
        free = start
        swap = [starts[0] + column for column in range(columns)]
        moving = operands(rng, MOVING, (len(starts), rows))
        planned.append(Tile(operands(rng, STATIONARY, (rows, columns)), moving, load, starts))
    return planned


def stimulus(rows, columns, planned, rng):
    """Values per cycle of all input edges: noise wherever nothing is defined."""
    cycles = planned[-1].starts[-1] + rows + columns + 1
    moving = operands(rng, MOVING, (cycles, rows))
    words = operands(rng, STATIONARY, (cycles, columns))
    swap = np.zeros((cycles, rows), int)
    load = np.zeros((cycles, columns), int)
    last = np.zeros((cycles, columns), int)
    for tile in planned:
        for row in range(rows):
            swap[tile.starts[0] + row, row] = 1
            moving[np.array(tile.starts) + row, row] = tile.moving[:, row]
        for column, begin in enumerate(tile.load):
            words[begin : begin + rows, column] = tile.stationary[::-1, column]
            load[begin : begin + rows, column] = 1
            last[begin + rows - 1, column] = 1
    return moving, words, swap, load, last


def packed(bits):
    return sum(int(bit) << at for at, bit in enumerate(bits))


def run(dut, planned, rng):
    moving, words, swap, load, last = stimulus(dut.rows, dut.columns, planned, rng)
    inputs = [
        {"i_moving": moving[t].tolist(), "i_swap": packed(swap[t]), "word": words[t].tolist(), "load": packed(load[t]),
         "load_last": packed(last[t])}
        for t in range(len(moving))
    ]
    inputs.append({"load": 0, "i_swap": 0})
    seen = trace(dut, inputs, ["sum", "o_moving", "o_swap"], drain=dut.latency + dut.columns)
    for number, tile in enumerate(planned):
        products = tile.moving @ tile.stationary
        for column in range(dut.columns):
            at = np.array(tile.starts) + column + dut.latency
            got = np.array(seen["sum"])[at, column]
            assert (got == products[:, column]).all(), f"tile {number}, column {column}"
    # The right edge: the moving operands again, ``columns`` cycles later.
    stop = dut.columns + len(moving)
    assert seen["o_moving"][dut.columns : stop] == moving.tolist()
    assert seen["o_swap"][dut.columns : stop] == [packed(row) for row in swap]


SIZES = [(1, 1), (1, 4), (4, 1), (2, 2), (3, 5), (5, 3), (4, 4), (8, 2)]


def array(rows, columns):
    dut = SystolicArray(rows, columns, MOVING, STATIONARY, sum_bits(rows))
    assert dut.latency == PeColumn(rows, *dut.sizes).latency == rows - 1 + ProcessingElement.latency
    return dut


@pytest.mark.parametrize("rows, columns", SIZES)
def test_shortest_slots(rows, columns):
    """Loads begin in the cycle of the swap, products never pause: a tile of ``rows`` vectors every ``rows`` cycles."""
    rng = np.random.default_rng(rows * 10 + columns)
    planned = schedule(rows, columns, 12, rng, lambda: 0)
    slots = [after.starts[0] - tile.starts[0] for tile, after in zip(planned, planned[1:], strict=False)]
    assert slots.count(rows) >= 6
    assert all(tile.load[0] == before.starts[0] for before, tile in zip(planned, planned[1:], strict=False))
    run(array(rows, columns), planned, rng)


@pytest.mark.parametrize("rows, columns", SIZES)
def test_load_in_the_cycle_after_the_swap(rows, columns):
    rng = np.random.default_rng(rows * 10 + columns)
    planned = schedule(rows, columns, 6, rng, lambda: 0)
    for before, tile in zip(planned, planned[1:], strict=False):
        # One cycle later than the earliest, and everything behind it.
        delay = max(0, max(before.starts[0] + 1 + rows - tile.starts[0], before.starts[-1] + 1 - tile.starts[0]))
        tile.starts = [start + delay for start in tile.starts]
        tile.load = [before.starts[0] + 1 + column for column in range(columns)]
    run(array(rows, columns), planned, rng)


@pytest.mark.parametrize("rows, columns", SIZES)
@pytest.mark.parametrize("seed", range(2))
def test_random_gaps(rows, columns, seed):
    """Gaps before loads, swaps and vectors; the columns' loads drift apart as far as they may."""
    rng = np.random.default_rng([rows, columns, seed])
    pause = random.Random(f"{rows} {columns} {seed}")
    planned = schedule(rows, columns, 10, rng, lambda: pause.choice((0, 0, 0, 1, 2, 5)))
    run(array(rows, columns), planned, rng)


def test_column_alone():
    """`PeColumn` by itself: one vector, one sum, ``latency`` cycles behind row 0."""
    rows = 3
    dut = PeColumn(rows, MOVING, STATIONARY, sum_bits(rows))
    weights, vector = [3, -32, 31], [127, -128, 5]
    inputs = [{"word": word, "load": 1, "load_last": at == rows - 1} for at, word in enumerate(reversed(weights))]
    for row, value in enumerate(vector):
        moving = [value if at == row else 0 for at in range(rows)]
        inputs.append({"load": 0, "load_last": 0, "i_swap": 1 << row, "i_moving": moving})
    inputs.append({"i_swap": 0, "i_moving": [0] * rows})
    seen = trace(dut, inputs, ["sum"], drain=dut.latency)["sum"]
    assert seen[rows + dut.latency] == sum(w * v for w, v in zip(weights, vector, strict=True))
    assert not any(seen[: rows + dut.latency])


def test_element_alone():
    """A processing element: sum, moving operand and swap on time; a held word passes on only while a load is open."""
    dut = ProcessingElement(MOVING, STATIONARY, 20)
    inputs = [
        {"i_word": -7, "i_load": 1, "load_last": 0},
        {"i_word": 9, "i_load": 1, "load_last": 1},
        {"i_word": 30, "i_load": 0, "load_last": 0, "i_moving": 100, "i_swap": 1},
        {"i_moving": -5, "i_swap": 0},
        *({"i_moving": 0, "i_sum": 1000 + at} for at in range(dut.latency + 2)),
    ]
    seen = trace(dut, inputs, ["o_sum", "o_moving", "o_swap", "o_word", "o_load"], drain=1)
    assert seen["o_word"][:4] == [0, -7, 9, 9]
    assert seen["o_load"][:4] == [0, 1, 0, 0]
    assert seen["o_moving"][3:5] == [100, -5] and seen["o_swap"][2:5] == [0, 1, 0]
    at = 2 + dut.latency
    # The sum from above is added in the last of the cycles.
    above = [row.get("i_sum", 0) for row in inputs]
    assert seen["o_sum"][at : at + 2] == [900 + above[at - 1], -45 + above[at]]
