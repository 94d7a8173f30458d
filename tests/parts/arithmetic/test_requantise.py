"""Requantisation against exact fractions: all roundings, with and without a border, both saturations."""

import math
import random
from fractions import Fraction

import pytest
from amaranth.hdl import Module, Shape
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.numeric import Int, Rounding
from attnforge.hdl.parts.arithmetic.requantise import Requantise, saturated
from tests.parts.pysim import trace


def rounded(exact, mode):
    """Python's `round` of a fraction is half-even: an oracle that shares nothing with the gates' model."""
    if mode is Rounding.HALF_EVEN:
        return round(exact)
    return math.floor(exact + (Fraction(1, 2) if mode is Rounding.HALF_UP else 0))


def expected(dut, value, multiplier, shift, border):
    exact = Fraction(value * (multiplier if dut.multiplier_bits else 1) << dut.offset, 1 << shift)
    if dut.border_bits:
        exact += Fraction(border, 1 << dut.border_bits)
    result = rounded(exact, Rounding.FLOOR if dut.border_bits else dut.mode)
    return min(max(result, dut.o_form.min), dut.o_form.max)


def values_for(dut, multiplier, shift, rng, count):
    """Extremes, small values, values near ties and values near the saturation of the result."""
    form = dut.i_form
    values = [form.min, form.min + 1, -1, 0, 1, form.max - 1, form.max]
    lsb = Fraction(1 << shift, max(1, multiplier if dut.multiplier_bits else 1) << dut.offset)
    for _ in range(count):
        target = Fraction(2 * rng.randint(dut.o_form.min - 2, dut.o_form.max + 2) + rng.randint(0, 1), 2)
        values.append(math.floor(target * lsb) + rng.randint(-1, 1))
        values.append(rng.randint(form.min, form.max) >> rng.randrange(form.bits))
    return [value for value in values if form.min <= value <= form.max]


def check(dut, shifts, seed, count=12):
    """One job per shift and multiplier, values with idle cycles between; multiplier and shift still until all left.

    Where they go with the value, all values come in any order, and the ports of idle cycles hold anything.
    """
    rng = random.Random(seed)
    inputs, wanted = [], []
    saturations = set()
    for shift in shifts:
        for multiplier in {0, 1, (1 << dut.multiplier_bits) - 1, rng.getrandbits(dut.multiplier_bits or 1)}:
            if multiplier >> dut.multiplier_bits and dut.multiplier_bits:
                continue
            still = {"shift": shift} | ({"multiplier": multiplier} if dut.multiplier_bits else {})
            for value in values_for(dut, multiplier, shift, rng, count):
                border = rng.choice((0, 1, (1 << dut.border_bits) - 1, rng.getrandbits(dut.border_bits or 1)))
                border &= (1 << dut.border_bits) - 1
                inputs.append(still | {"i_valid": 1, "i": value} | ({"border": border} if dut.border_bits else {}))
                wanted.append(expected(dut, value, multiplier, shift, border))
                saturations |= {wanted[-1]} & {dut.o_form.min, dut.o_form.max}
                if rng.random() < 0.1:
                    inputs.append({"i_valid": 0})
            inputs += [{"i_valid": 0}] * dut.latency
            if not dut.multiplier_bits:
                break
    if dut.per_value:
        mixed = list(zip([row for row in inputs if row["i_valid"]], wanted, strict=True))
        rng.shuffle(mixed)
        inputs, wanted = [], [want for _, want in mixed]
        for row, _ in mixed:
            while rng.random() < 0.1:
                inputs.append({name: rng.choice(mixed)[0][name] for name in row} | {"i_valid": 0})
            inputs.append(row)
        inputs += [{"i_valid": 0, "shift": 0}] * dut.latency
    seen = trace(dut, inputs, ["o_valid", "o"])
    delayed = [0] * dut.latency + [row["i_valid"] for row in inputs[: -dut.latency]]
    assert seen["o_valid"] == delayed
    got = [value for value, valid in zip(seen["o"], seen["o_valid"], strict=True) if valid]
    rows = [row for row in inputs if row["i_valid"]]
    assert len(got) == len(wanted) == len(rows)
    wrong = [(row, value, want) for row, value, want in zip(rows, got, wanted, strict=True) if value != want]
    assert not wrong, f"{len(wrong)} wrong, first (inputs, got, wanted): {wrong[0]}"
    return saturations


MODES = [*({"mode": mode} for mode in Rounding), {"border_bits": 1}, {"border_bits": 5}]


@pytest.mark.parametrize("how", MODES, ids=lambda how: "-".join(str(getattr(v, "value", v)) for v in how.values()))
@pytest.mark.parametrize("i_bits, o_bits, multiplier_bits, shift_bits, offset", [
    (12, 8, 0, 4, 0),
    (9, 5, 0, 3, 2),
    (18, 8, 7, 5, 0),  # the widest that one DSP takes
    (19, 8, 7, 5, 0),  # the narrowest that is multiplied in parts
    (33, 11, 16, 6, 0),
    (10, 16, 5, 4, 3),
])
@pytest.mark.parametrize("per_value", [False, True], ids=["still", "per_value"])
def test_every_rounding(per_value, how, i_bits, o_bits, multiplier_bits, shift_bits, offset):
    sizes = {"multiplier_bits": multiplier_bits, "shift_bits": shift_bits, "offset": offset,
             "per_value": per_value}
    dut = Requantise(Int(i_bits), Int(o_bits), **sizes, **how)
    assert dut.latency == Requantise.cycles(dut.i_form, multiplier_bits)
    shifts = {0, 1, 2, (1 << shift_bits) - 1, i_bits // 2 % (1 << shift_bits)}
    assert check(dut, sorted(shifts), i_bits) == {dut.o_form.min, dut.o_form.max}


@pytest.mark.parametrize("per_value", [False, True], ids=["still", "per_value"])
@pytest.mark.parametrize("mode", Rounding)
@pytest.mark.parametrize("shift_bits", [1, 2, 3])
def test_every_value_and_shift(mode, shift_bits, per_value):
    """All values of a narrow format with all shifts: every tie, and shifts beyond the width."""
    dut = Requantise(Int(5), Int(3), multiplier_bits=0, shift_bits=shift_bits, mode=mode, per_value=per_value)
    inputs, wanted = [], []
    for shift in range(1 << shift_bits):
        for value in range(-16, 16):
            inputs.append({"i_valid": 1, "i": value, "shift": shift})
            wanted.append(expected(dut, value, 1, shift, 0))
        inputs += [] if per_value else [{"i_valid": 0}] * dut.latency
    inputs += [{"i_valid": 0}] * dut.latency
    seen = trace(dut, inputs, ["o_valid", "o"])
    assert [o for o, valid in zip(seen["o"], seen["o_valid"], strict=True) if valid] == wanted


@pytest.mark.parametrize("i_bits, o_bits, multiplier_bits, shift_bits", [
    (22, 16, 16, 6),  # a score of dense attention
    (30, 8, 17, 7),  # a result of it: shifts far beyond the width
])
def test_sizes_of_dense_attention(i_bits, o_bits, multiplier_bits, shift_bits):
    dut = Requantise(Int(i_bits), Int(o_bits), multiplier_bits=multiplier_bits, shift_bits=shift_bits, per_value=True)
    assert check(dut, range(1 << shift_bits), 3, count=6) == {dut.o_form.min, dut.o_form.max}


def test_a_result_wider_than_the_value():
    dut = Requantise(Int(4), Int(12), multiplier_bits=3, shift_bits=2)
    assert check(dut, range(4), 1) == set()


def test_multiplier_of_one_bit():
    check(Requantise(Int(6), Int(4), multiplier_bits=1, shift_bits=2), range(4), 2)


@pytest.mark.parametrize("i_form, o_form", [(Int(8, False), Int(8)), (Int(8), Int(7, False))])
def test_refuses_unsigned_formats(i_form, o_form):
    unsigned = i_form if not i_form.signed else o_form
    with pytest.raises(ValueError, match=rf"signed formats, not .*Int\(bits={unsigned.bits}, signed=False\)"):
        Requantise(i_form, o_form, multiplier_bits=0, shift_bits=2)


class Saturation(wiring.Component):
    """`saturated` as gates."""

    def __init__(self, shape, form):
        self.form = form
        super().__init__({"i": In(shape), "o": Out(form.shape)})

    def elaborate(self, platform):
        m = Module()
        value = saturated(self.i, self.form)
        assert Shape.cast(value.shape()).width <= self.form.bits
        m.d.comb += self.o.eq(value)
        return m


@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize("bits, to_signed", [(2, True), (4, True), (5, True), (6, True), (7, True), (8, True),
                                             (1, False), (4, False), (5, False), (6, False), (7, False)])
def test_saturated(signed, bits, to_signed):
    """All six-bit values to formats that are narrower, as wide and wider."""
    form = Int(bits, to_signed)
    source = Int(6, signed)
    values = range(source.min, source.max + 1)
    seen = trace(Saturation(source.shape, form), [{"i": value} for value in values], ["o"])["o"]
    assert seen == form.saturate(values).tolist()


@pytest.mark.parametrize("sizes", [(12, 8, 0, 4), (22, 16, 16, 6)], ids=str)
@pytest.mark.parametrize("per_value", [False, True], ids=["still", "per_value"])
def test_a_result_outside_its_format_is_told_and_one_at_its_end_is_not(sizes, per_value):
    i_bits, o_bits, multiplier_bits, shift_bits = sizes
    rng = random.Random(i_bits)
    dut = Requantise(Int(i_bits), Int(o_bits), multiplier_bits=multiplier_bits, shift_bits=shift_bits,
                     per_value=per_value, tells=True)
    inputs, wanted = [], []
    for shift in range(0, 1 << shift_bits, 3):
        still = {"shift": shift} | ({"multiplier": rng.getrandbits(multiplier_bits)} if multiplier_bits else {})
        for value in values_for(dut, still.get("multiplier", 1), shift, rng, 12):
            inputs.append(still | {"i_valid": 1, "i": value})
            exact = rounded(Fraction(value * still.get("multiplier", 1), 1 << shift), dut.mode)
            wanted.append(int(not dut.o_form.min <= exact <= dut.o_form.max))
        inputs += [{"i_valid": 0}] * dut.latency
    seen = trace(dut, inputs, ["o_valid", "o_saturated"])
    told = [flag for flag, valid in zip(seen["o_saturated"], seen["o_valid"], strict=True) if valid]
    assert told == wanted and 0 < sum(wanted) < len(wanted)
