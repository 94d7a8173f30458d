"""The divider against exact fractions: ties, both saturations, remainders, every width."""

import math
import random
from fractions import Fraction

import pytest

from attnforge.hdl.numeric import Int, round_divide
from attnforge.hdl.parts.arithmetic.divider import Divider
from tests.parts.pysim import trace


def expected(numerator, denominator, form):
    quotient = math.floor(Fraction(numerator, denominator) + Fraction(1, 2))
    return min(max(quotient, form.min), form.max)


def run(dut, pairs, rng):
    """Divide pairs, with idle cycles between them; returns one (quotient, remainder or None) each."""
    inputs = []
    for numerator, denominator in pairs:
        inputs.append({"i_valid": 1, "numerator": numerator, "denominator": denominator})
        inputs += [{"i_valid": 0}] * (dut.interval - 1)
        while rng.random() < 0.2:
            inputs.append({"i_valid": 0, "numerator": rng.randrange(2), "denominator": rng.randrange(2)})
    inputs.append({"i_valid": 0})
    names = ["o_valid", "quotient", *(["remainder"] if dut.remainder_out else [])]
    seen = trace(dut, inputs, names, drain=dut.latency)
    assert seen["o_valid"][: dut.latency] == [0] * dut.latency
    assert seen["o_valid"][dut.latency :] == [row["i_valid"] for row in inputs]
    chosen = [at for at, valid in enumerate(seen["o_valid"]) if valid]
    return [(seen["quotient"][at], seen["remainder"][at] if dut.remainder_out else None) for at in chosen]


@pytest.mark.parametrize("serial", [False, True], ids=["pipeline", "serial"])
@pytest.mark.parametrize("remainder", [False, True])
@pytest.mark.parametrize("numerator_bits, denominator_bits, bits", [(5, 3, 4), (6, 1, 3), (2, 4, 2), (4, 4, 8)])
def test_everything(numerator_bits, denominator_bits, bits, remainder, serial):
    """Every numerator with every denominator."""
    form = Int(bits)
    dut = Divider(numerator_bits, denominator_bits, form, remainder=remainder, serial=serial)
    half = 1 << (numerator_bits - 1)
    pairs = [(n, d) for n in range(-half, half) for d in range(1, 1 << denominator_bits)]
    check(dut, pairs)


@pytest.mark.parametrize("serial", [False, True], ids=["pipeline", "serial"])
@pytest.mark.parametrize("seed, numerator_bits, denominator_bits, bits",
                         [(0, 21, 13, 9), (1, 30, 30, 16), (2, 40, 7, 8), (3, 9, 25, 12), (4, 33, 17, 2)])
def test_wide(seed, numerator_bits, denominator_bits, bits, serial):
    """Random operands whose quotients are spread over and beyond the range, and the borders of the range."""
    rng = random.Random(seed)
    form = Int(bits)
    low, high = -(1 << (numerator_bits - 1)), (1 << (numerator_bits - 1)) - 1
    most = (1 << denominator_bits) - 1
    pairs = [(n, d) for n in (low, low + 1, -1, 0, 1, high) for d in (1, 2, most - 1, most)]
    for _ in range(150):
        denominator = rng.randint(1, 1 << rng.randint(1, denominator_bits)) & most or most
        # Around a tie: numerator / denominator = quotient + 1/2, a bit more, a bit less.
        quotient = rng.randint(form.min - 2, form.max + 2)
        pairs.append(((2 * quotient + 1) * denominator // 2 + rng.randint(-1, 1), denominator))
        pairs.append((rng.randint(low, high) >> rng.randrange(numerator_bits), denominator))
    dut = Divider(numerator_bits, denominator_bits, form, remainder=True, serial=serial)
    check(dut, [p for p in pairs if low <= p[0] <= high])


def check(dut, pairs):
    form = dut.o_form
    results = run(dut, pairs, random.Random(7))
    saturations = set()
    for (numerator, denominator), (quotient, remainder) in zip(pairs, results, strict=True):
        wanted = expected(numerator, denominator, form)
        assert quotient == wanted, (numerator, denominator)
        exact = int(round_divide(numerator, denominator))
        if exact != wanted:
            saturations.add(wanted)
        elif dut.remainder_out:
            assert remainder == numerator - quotient * denominator, (numerator, denominator)
            assert -denominator <= 2 * remainder < denominator
    if (1 << (dut.numerator_bits - 1)) - 1 > form.max + 1:
        assert saturations == {form.min, form.max}, "the pairs don't saturate both ways"


def test_ties_go_up():
    pairs = [(5, 2), (-5, 2), (3, 6), (-3, 6), (-9, 6), (1, 2), (-1, 2)]
    results = run(Divider(6, 3, Int(5), remainder=True), pairs, random.Random(0))
    assert results == [(3, -1), (-2, -1), (1, -3), (0, -3), (-1, -3), (1, -1), (0, -1)]


@pytest.mark.parametrize("serial", [False, True], ids=["pipeline", "serial"])
def test_a_zero_denominator_disturbs_nobody(serial):
    pairs = [(40, 5), (40, 0), (-41, 5), (0, 0), (13, 2)]
    results = run(Divider(8, 4, Int(8), serial=serial), pairs, random.Random(1))
    assert [results[at][0] for at in (0, 2, 4)] == [8, -8, 7]


@pytest.mark.parametrize("denominator", [1, 5, 6, 15])
def test_a_steady_denominator(denominator):
    """It stands still from the first numerator to the last quotient; then it is another one."""
    form, numerators = Int(4), range(-128, 128)
    dut = Divider(8, 4, form, remainder=True, steady=True)
    inputs = [{"i_valid": 1, "numerator": numerator, "denominator": denominator} for numerator in numerators]
    inputs += [{"i_valid": 0}] * dut.latency + [{"i_valid": 1, "numerator": 7, "denominator": 3}]
    seen = trace(dut, inputs, ["quotient", "remainder"], drain=dut.latency)
    found = seen["quotient"][dut.latency :]
    assert found[: len(numerators)] == [expected(numerator, denominator, form) for numerator in numerators]
    for numerator, quotient, rest in zip(numerators, found, seen["remainder"][dut.latency :], strict=False):
        if form.min < quotient < form.max:
            assert rest == numerator - quotient * denominator
    assert found[-1] == 2


def test_latency_and_interval():
    assert [(Divider(9, 5, Int(6), serial=serial).latency, Divider(9, 5, Int(6), serial=serial).interval)
            for serial in (False, True)] == [(9, 1), (7, 8)]


def test_refuses_an_unsigned_quotient():
    with pytest.raises(ValueError, match=r"signed.*Int\(bits=8, signed=False\)"):
        Divider(8, 8, Int(8, signed=False))
