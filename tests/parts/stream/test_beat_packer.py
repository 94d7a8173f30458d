"""Groups lie in their place of the beat, in containers of every width; unused ones and what is not there are zeros."""

import random

import pytest

from attnforge.hdl.parts.stream.beat_packer import BeatPacker
from tests.parts.pysim import trace


@pytest.mark.parametrize(
    "code_bits, containers, lanes, beat_bytes",
    [(8, (8,), 1, 4), (8, (8,), 4, 4), (6, (8,), 3, 12), (4, (4,), 2, 4), (16, (4, 8, 16), 2, 8)],
)
def test_beats_of_rows(code_bits, containers, lanes, beat_bytes):
    rng = random.Random(lanes)
    dut = BeatPacker(code_bits, containers, lanes, beat_bytes)
    inputs, expected = [], []
    for _ in range(60):
        size = rng.randrange(len(containers))
        bits = containers[size]
        places = 8 * beat_bytes // (bits * lanes)
        groups = rng.randint(1, places)
        beat = 0
        for place in range(groups):
            codes = [rng.randrange(1 << code_bits) for _ in range(lanes)]
            used = (1 << rng.randint(1, lanes)) - 1 if place == groups - 1 else (1 << lanes) - 1
            for lane, code in enumerate(codes):
                value = code - (code >> code_bits - 1 << code_bits)
                field = (value if used >> lane & 1 else 0) & (1 << bits) - 1
                beat |= field << (place * lanes + lane) * bits
            inputs.append({"valid": 1, "codes": codes, "used": used, "size": size, "place": place,
                           "ends": place == groups - 1})
            expected.append(beat if place == groups - 1 else None)
            if rng.random() < 0.3:
                inputs.append({"valid": 0})
                expected.append(None)
    seen = trace(dut, inputs, ["o_valid", "o"], drain=dut.latency)
    for at, beat in enumerate(expected):
        assert seen["o_valid"][at + 1] == (beat is not None)
        assert beat is None or seen["o"][at + 1] == beat
