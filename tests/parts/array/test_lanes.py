"""Elements of rows land in the lane and the word that the rule names, for every start, count and step."""

import random

import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.parts.array.lanes import LaneWriter, moved
from tests.parts.pysim import trace

SIZES = [
    # lanes, inputs, step
    (1, 1, 1),
    (4, 1, 1),
    (4, 1, 2),
    (4, 4, 1),
    (4, 4, 4),
    (8, 4, 2),
    (8, 4, 4),
    (6, 4, 2),
    (5, 3, 1),
    (5, 5, 5),
    (6, 5, 3),
]


@pytest.mark.parametrize("lanes, inputs, step", SIZES)
def test_every_start_and_count(lanes, inputs, step):
    rng = random.Random(lanes * 100 + inputs * 10 + step)
    dut = LaneWriter(lanes, inputs, 5, 6, step)
    groups = []
    for lane in range(0, lanes, step):
        for count in range(inputs + 1):
            groups += [(1, lane, count), (0, lane, count)]
    rng.shuffle(groups)
    rows, expected = [], []
    for valid, lane, count in groups:
        address = rng.randrange(62)
        elements = [rng.randrange(32) for _ in range(inputs)]
        rows.append({"valid": valid, "address": address, "lane": lane, "count": count, "elements": elements})
        places = [divmod(lane + number, lanes) for number in range(count)] if valid else []
        expected.append({at: (address + word, elements[number]) for number, (word, at) in enumerate(places)})
    seen = trace(dut, rows, ["w_en", "w_address", "w_data"], drain=dut.latency)
    for at, wanted in enumerate(expected):
        enables, words, values = (seen[name][at + dut.latency] for name in ("w_en", "w_address", "w_data"))
        written = {lane: (words[lane], values[lane]) for lane in range(lanes) if enables >> lane & 1}
        assert written == wanted, groups[at]


@pytest.mark.parametrize("parameters, value", [((4, 5, 8, 4, 1), 5), ((4, 0, 8, 4, 1), 0), ((6, 2, 8, 4, 4), 4)])
def test_refusals(parameters, value):
    with pytest.raises(ValueError, match=rf"\b{value}\b"):
        LaneWriter(*parameters)


class Mover(wiring.Component):
    """`moved` as gates."""

    def __init__(self, lanes, step):
        self.lanes, self.step = lanes, step
        super().__init__({"word": In(6), "lane": In(range(max(2, lanes))), "o_word": Out(6), "o_lane": Out(4)})

    def elaborate(self, platform):
        m = Module()
        word, lane = moved(self.word, self.lane, self.step, self.lanes)
        m.d.comb += [self.o_word.eq(word), self.o_lane.eq(lane)]
        return m


@pytest.mark.parametrize("lanes", [1, 2, 3, 4, 7, 8])
@pytest.mark.parametrize("step", [1, 2, 3, 4, 8, 11])
def test_moved(lanes, step):
    inputs = [{"word": word, "lane": lane} for word in (0, 5, 40) for lane in range(lanes)]
    seen = trace(Mover(lanes, step), inputs, ["o_word", "o_lane"])
    for row, word, lane in zip(inputs, seen["o_word"], seen["o_lane"], strict=True):
        assert word * lanes + lane == row["word"] * lanes + row["lane"] + step
        assert lane < lanes
