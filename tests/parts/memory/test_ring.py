"""The ring of banks against a list of banks, with a writer and a reader that move at random."""

import random

import pytest

from attnforge.hdl.parts.memory.banks import DoubleBuffer
from attnforge.hdl.parts.memory.ring import BankRing
from tests.parts.pysim import trace

OUTPUTS = ("space", "w_bank", "r_bank")


def moves(banks, seed):
    """Random moves that the rules allow, and what the ring must say in each cycle."""
    rng = random.Random(seed)
    committed = taken = freed = 0
    inputs, wanted = [], {name: [] for name in OUTPUTS}
    for _ in range(300):
        space = committed - freed < banks
        for name, value in zip(OUTPUTS, (space, committed % banks, taken % banks), strict=True):
            wanted[name].append(int(value))
        step = {"commit": space and rng.random() < 0.6, "next": taken < committed and rng.random() < 0.5}
        step["free"] = freed < taken and rng.random() < 0.5
        inputs.append({name: int(value) for name, value in step.items()})
        committed, taken, freed = committed + step["commit"], taken + step["next"], freed + step["free"]
    return inputs, wanted


@pytest.mark.parametrize("banks", [2, 3, 4, 7])
@pytest.mark.parametrize("seed", range(3))
def test_banks_are_written_and_read_in_order_and_never_too_many(banks, seed):
    inputs, wanted = moves(banks, seed)
    assert trace(BankRing(banks), inputs, list(OUTPUTS)) == wanted
    assert 0 in wanted["space"] and set(wanted["r_bank"]) == set(range(banks))


def test_a_ring_of_two_is_a_double_buffer():
    inputs, wanted = moves(2, 9)
    assert trace(DoubleBuffer(), inputs, list(OUTPUTS)) == wanted
