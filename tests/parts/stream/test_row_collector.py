"""Rows come out whole, in the lane and the word that their number says."""

import random
from math import ceil

import pytest

from attnforge.hdl.parts.stream.row_collector import RowCollector
from tests.parts.pysim import trace


@pytest.mark.parametrize("beat_bytes", [4, 8, 16])
@pytest.mark.parametrize("lanes, depth, banks", [(1, 5, 1), (2, 3, 4), (3, 2, 3), (8, 1, 2)])
def test_rows_in_turn(beat_bytes, lanes, depth, banks):
    rng = random.Random(lanes)
    dut = RowCollector(beat_bytes, 12, lanes, depth, banks)
    beats = ceil(12 / beat_bytes)
    inputs, expected = [], []
    for bank in (*range(banks), 0):
        for gap in (1, rng.randrange(1, 3)):  # the second time after a start in the middle of a row
            inputs += [{"restart": 1, "valid": 0, "bank": bank}] * gap
            expected += [None] * gap
            if beats > 1 and gap == 1:
                inputs.append({"restart": 0, "valid": 1, "beat": [0] * beat_bytes, "ends": 0})
                inputs.append({"restart": 1, "valid": 0})
                expected += [None, None]
        for number in range(lanes * depth):
            row = [rng.randrange(256) for _ in range(beats * beat_bytes)]
            for beat in range(beats):
                while rng.random() < 0.2:
                    inputs.append({"restart": 0, "valid": 0, "ends": rng.randrange(2)})
                    expected.append(None)
                data = row[beat * beat_bytes : (beat + 1) * beat_bytes]
                ends = beat == beats - 1
                inputs.append({"restart": 0, "valid": 1, "beat": data, "ends": ends})
                word = sum(byte << 8 * place for place, byte in enumerate(row[:12]))
                expected.append((number % lanes, bank * depth + number // lanes, word) if ends else None)
    seen = trace(dut, inputs, ["w_en", "w_address", "w_data"], drain=dut.latency)
    written = 0
    for at, row in enumerate(expected):
        assert seen["w_en"][at + 1] == (1 << row[0] if row else 0)
        if row:
            assert (seen["w_address"][at + 1], seen["w_data"][at + 1]) == row[1:]
            written += 1
    assert written == lanes * depth * (banks + 1)
