"""The scale of a row against exact fractions: all sums of a narrow width, the extremes of wide ones."""

import math
import random
from fractions import Fraction

import pytest

from attnforge.hdl.parts.arithmetic.row_scale import RowScale
from tests.parts.pysim import trace

KINDS = pytest.mark.parametrize("serial", [False, True], ids=["pipeline", "serial"])


def expected(total, multiplier, shift):
    """Multiplier and shift: the nearest ones to ``multiplier / 2**shift / total``, ties upwards."""
    if total == 0:
        return 0, shift
    length = total.bit_length()
    return math.floor(Fraction(multiplier << length, total) + Fraction(1, 2)), shift + length


def check(dut, rows, rng):
    """Rows as fast as they may come, some later; ports hold anything in between."""
    inputs, wanted = [], []
    for total, multiplier, shift in rows:
        inputs.append({"i_valid": 1, "total": total, "multiplier": multiplier, "shift": shift})
        noise = [rng.choice(rows) for _ in range(dut.interval - 1 + (rng.random() < 0.2) * rng.randrange(3))]
        inputs += [{"i_valid": 0, "total": t, "multiplier": n, "shift": s} for t, n, s in noise]
        wanted.append(expected(total, multiplier, shift))
    inputs.append({"i_valid": 0})
    seen = trace(dut, inputs, ["o_valid", "o_multiplier", "o_shift"], drain=dut.latency)
    assert seen["o_valid"] == [0] * dut.latency + [row["i_valid"] for row in inputs]
    got = [(seen["o_multiplier"][at], seen["o_shift"][at]) for at, valid in enumerate(seen["o_valid"]) if valid]
    wrong = [(row, one, want) for row, one, want in zip(rows, got, wanted, strict=True) if one != want]
    assert not wrong, f"{len(wrong)} wrong, first ((total, multiplier, shift), got, wanted): {wrong[0]}"
    return wanted


@KINDS
@pytest.mark.parametrize("sum_bits, multiplier_bits", [(1, 2), (2, 1), (3, 4), (5, 3)])
def test_every_sum_with_every_multiplier(sum_bits, multiplier_bits, serial):
    rng = random.Random(1)
    rows = [(t, n, rng.randrange(8)) for t in range(1 << sum_bits) for n in range(1 << multiplier_bits)]
    rng.shuffle(rows)
    check(RowScale(sum_bits, multiplier_bits, 3, serial=serial), rows, rng)


@KINDS
@pytest.mark.parametrize("sum_bits, multiplier_bits", [(21, 16), (17, 8), (30, 17)])
def test_wide(sum_bits, multiplier_bits, serial):
    """Sums of 0, of 1, of all ones and around powers of two; the smallest and the largest multiplier and shift."""
    rng, ones, most = random.Random(2), (1 << sum_bits) - 1, (1 << multiplier_bits) - 1
    sums = {0, 1, 2, 3, ones, ones - 1} | {(1 << n) + d for n in range(2, sum_bits) for d in (-1, 0, 1)}
    sums |= {rng.getrandbits(sum_bits) >> rng.randrange(sum_bits) for _ in range(40)}
    scales = [(0, 63), (1, 0), (most, 63), (rng.randint(0, most), rng.randrange(64))]
    rows = [(total, *scale) for total in sums for scale in scales]
    rng.shuffle(rows)
    wanted = check(RowScale(sum_bits, multiplier_bits, 6, serial=serial), rows, rng)
    assert (2 * most, 64) in wanted and (0, 63 + sum_bits) in wanted


@KINDS
def test_a_scale_keeps_all_bits_of_its_multiplier(serial):
    """With a multiplier whose highest bit is set the result is off by less than a part in 2**multiplier_bits."""
    rng = random.Random(3)
    rows = [(rng.randint(1, (1 << 21) - 1), rng.randint(1 << 15, (1 << 16) - 1), 5) for _ in range(60)]
    for (total, multiplier, shift), (got, moved) in zip(
        rows, check(RowScale(21, 16, 6, serial=serial), rows, rng), strict=True
    ):
        exact = Fraction(multiplier, total << shift)
        assert abs(Fraction(got, 1 << moved) - exact) * 2**16 <= exact


@pytest.mark.parametrize("serial, latency, interval", [(False, 24, 1), (True, 22, 20)])
def test_latency_and_interval(serial, latency, interval):
    dut = RowScale(21, 16, 6, serial=serial)
    assert (dut.latency, dut.interval) == (latency, interval)
    assert (RowScale.cycles(21, 16, serial), RowScale.spacing(16, serial)) == (latency, interval)
