"""The exponential lane against its model: all pairs of a narrow format, the ends of wide ones."""

import random

import pytest

from attnforge.hdl.numeric import Int, exponentials
from attnforge.hdl.parts.arithmetic.exponential import Exponential
from tests.parts.pysim import trace


def check(dut, pairs):
    """One pair of score and maximum per cycle."""
    seen = trace(dut, [{"score": s, "maximum": m} for s, m in pairs], ["o"], drain=dut.latency)["o"][dut.latency :]
    sizes = {"fraction_bits": dut.fraction_bits, "probability_bits": dut.probability_bits}
    scores, maximum = zip(*pairs, strict=True)
    wanted = exponentials(scores, maximum, dut.form, **sizes).tolist()
    wrong = [(pair, got, want) for pair, got, want in zip(pairs, seen, wanted, strict=True) if got != want]
    assert not wrong, f"{len(wrong)} wrong, first ((score, maximum), got, wanted): {wrong[0]}"
    return set(wanted)


@pytest.mark.parametrize("bits, fraction_bits, probability_bits", [(7, 3, 6), (6, 2, 4), (7, 2, 1)])
def test_every_score_with_every_maximum(bits, fraction_bits, probability_bits):
    """Rounding to each side, results that are just 0, and scores that are masked."""
    form = Int(bits)
    pairs = [(s, m) for m in range(form.min, form.max + 1) for s in range(form.min, m + 1)]
    random.Random(0).shuffle(pairs)
    peak = (1 << probability_bits) - 1
    assert {0, peak} <= check(Exponential(form, fraction_bits, probability_bits), pairs)


@pytest.mark.parametrize("bits, fraction_bits, probability_bits", [(16, 5, 12), (18, 8, 16), (8, 2, 4), (18, 2, 16)])
def test_wide(bits, fraction_bits, probability_bits):
    """All distances that give something, and the farthest."""
    form, rng = Int(bits), random.Random(bits)
    ends = [form.min, form.min + 1, -1, 0, 1, form.max - 1, form.max]
    pairs = [(s, m) for m in ends for s in ends if s <= m]
    for distance in range((probability_bits + 4) << fraction_bits):
        if distance <= form.max - form.min:
            score = rng.randint(form.min, form.max - distance)
            pairs.append((score, score + distance))
    rng.shuffle(pairs)
    check(Exponential(form, fraction_bits, probability_bits), pairs)


def test_refuses_scores_that_are_too_close_together():
    with pytest.raises(ValueError, match=r"at least 9 bits with 5 .* 12 of .*, not Int\(bits=8, signed=True\)"):
        Exponential(Int(8), 5, 12)
    with pytest.raises(ValueError, match="signed"):
        Exponential(Int(16, signed=False), 5, 12)
