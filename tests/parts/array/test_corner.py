"""The corner-turning lane: any feature of any group, and a whole tensor turned by a bank of lanes."""

import numpy as np
import pytest

from attnforge.hdl.parts.array.corner import CornerLane
from attnforge.hdl.parts.memory.ram import Ram
from tests.parts.pysim import trace


def read_all(dut, groups, order):
    """Write ``groups``, then read (address, element) pairs, one per cycle."""
    inputs = [{"w_en": 1, "w_address": at, "w_data": group.tolist()} for at, group in enumerate(groups)]
    inputs.append({"w_en": 0})
    start = len(inputs)
    steps = [{} for _ in range(len(order) + dut.latency)]
    for at, (address, element) in enumerate(order):
        steps[at] |= {"r_en": 1, "r_address": address}
        steps[at + dut.latency] |= {"element": element}
    steps[len(order)]["r_en"] = 0
    return trace(dut, inputs + steps, ["o"])["o"][start + dut.latency :]


@pytest.mark.parametrize("bits, elements, depth", [(8, 4, 16), (5, 3, 7), (2, 1, 1), (16, 1, 9), (7, 5, 1)])
def test_every_feature_in_any_order(bits, elements, depth):
    rng = np.random.default_rng(bits * elements)
    dut = CornerLane(bits, elements, depth)
    assert dut.latency > Ram.latency
    groups = rng.integers(-(1 << (bits - 1)), (1 << (bits - 1)) - 1, (depth, elements), endpoint=True)
    order = [(address, element) for address in range(depth) for element in range(elements)]
    order = [order[at] for at in rng.permutation(len(order))]
    assert read_all(dut, groups, order) == [groups[at] for at in order]


@pytest.mark.parametrize("tokens, features, lanes, elements", [(8, 8, 4, 4), (6, 10, 3, 4), (5, 3, 1, 3), (3, 2, 4, 1)])
def test_a_tensor_is_turned(tokens, features, lanes, elements):
    """Token t goes to lane t mod lanes; all lanes together give one feature of ``lanes`` tokens per cycle."""
    rng = np.random.default_rng(tokens)
    tensor = rng.integers(-128, 127, (tokens, features), endpoint=True)
    per_token = -(-features // elements)
    rounds = -(-tokens // lanes)
    columns = np.zeros((features, rounds * lanes), int)
    for lane in range(lanes):
        rows = np.zeros((rounds, per_token * elements), int)
        mine = tensor[lane::lanes]
        rows[: len(mine), :features] = mine
        order = [(turn * per_token + feature // elements, feature % elements)
                 for feature in range(features) for turn in range(rounds)]
        dut = CornerLane(8, elements, rounds * per_token)
        seen = read_all(dut, rows.reshape(-1, elements), order)
        columns[:, lane::lanes] = np.reshape(seen, (features, rounds))
    assert (columns[:, :tokens] == tensor.T).all()
