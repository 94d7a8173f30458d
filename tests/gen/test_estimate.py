"""The estimate counts what was elaborated, in the shapes of the target's blocks."""

from collections import Counter

import pytest

from attnforge.gen.emission.emit import emit
from attnforge.gen.emission.inventory import Inventory
from attnforge.gen.estimate import estimate
from tests.gen import toy


@pytest.mark.parametrize("memory, blocks", [
    ((36, 512, False), 1),
    ((37, 512, False), 2),
    ((8, 2048, False), 1),
    ((8, 2056, False), 2),
    ((1, 16384, False), 1),
    ((64, 33, False), 2),
    ((64, 32, False), 0),
    ((64, 512, True), 0),
])
def test_memory_blocks_of_the_ecp5(memory, blocks):
    inventory = Inventory(Counter({memory: 3}), Counter(), Counter())
    assert estimate(toy.DESIGN, toy.Config(), "ecp5", inventory).ebr == 3 * blocks


@pytest.mark.parametrize("operands, blocks", [((18, 18), 1), ((19, 18), 2), ((19, 19), 4), ((8, 4), 1), ((8, 3), 0)])
def test_multiplier_blocks_of_the_ecp5(operands, blocks):
    inventory = Inventory(Counter(), Counter({operands: 5}), Counter({"MULT18X18D": 2}))
    assert estimate(toy.DESIGN, toy.Config(), "ecp5", inventory).dsp == 5 * blocks + 2


def test_only_instanced_multipliers_of_the_ice40_are_counted():
    """Those that synthesis would infer become look-up tables; see `attnforge.fpga.flow.synthesis.COMMANDS`."""
    inventory = Inventory(Counter(), Counter({(8, 8): 5}), Counter({"SB_MAC16": 4}))
    assert estimate(toy.DESIGN, toy.Config(), "ice40", inventory).dsp == 4


def test_both_memories_of_the_ice40_are_counted():
    inventory = Inventory(Counter({(16, 2, False): 4}), Counter(), Counter({"SB_RAM40_4K": 3, "SB_RAM40_4KNR": 2}))
    assert estimate(toy.DESIGN, toy.Config(), "ice40", inventory).ebr == 5


def test_instances_are_counted():
    inventory = emit(toy.Toy(toy.Config(rows=3, columns=4)), "toy").inventory
    assert inventory.products == {(8, 8): 12}
    assert inventory.memory_bits == 0 and not inventory.primitives


def test_generic_target_has_no_blocks():
    size = estimate(toy.DESIGN, toy.Config(), "generic")
    assert (size.dsp, size.ebr) == (None, None)
    assert (size.multiplier_count, size.buffer_bits) == (4, 20_000)
