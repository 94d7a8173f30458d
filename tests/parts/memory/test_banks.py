"""The double buffer against a count of banks."""

import random

import pytest

from attnforge.hdl.parts.memory.banks import DoubleBuffer
from tests.parts.pysim import trace


def test_fills_both_banks_and_waits():
    steps = [(1, 0, 0), (1, 0, 0), (0, 1, 0), (0, 1, 0), (0, 0, 1), (0, 0, 1), (0, 0, 0)]
    inputs = [dict(zip(("commit", "next", "free"), step, strict=True)) for step in steps]
    seen = trace(DoubleBuffer(), inputs, ["space", "w_bank", "r_bank"])
    assert seen == {
        "space": [1, 1, 0, 0, 0, 1, 1],
        "w_bank": [0, 1, 0, 0, 0, 0, 0],
        "r_bank": [0, 0, 0, 1, 0, 0, 0],
    }


@pytest.mark.parametrize("seed", range(4))
def test_random_use(seed):
    """A legal writer and reader at random; both may act in one cycle."""
    rng = random.Random(seed)
    committed = taken = freed = 0
    inputs, expected = [], {"space": [], "w_bank": [], "r_bank": []}
    for _ in range(300):
        expected["space"].append(int(committed - freed < 2))
        expected["w_bank"].append(committed % 2)
        expected["r_bank"].append(taken % 2)
        commit = int(committed - freed < 2 and rng.random() < 0.6)
        take = int(taken < committed and rng.random() < 0.5)
        free = int(freed < taken and rng.random() < 0.5)
        inputs.append({"commit": commit, "next": take, "free": free})
        committed, taken, freed = committed + commit, taken + take, freed + free
    assert freed > 30
    assert trace(DoubleBuffer(), inputs, list(expected)) == expected
