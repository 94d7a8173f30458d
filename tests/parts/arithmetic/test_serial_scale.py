"""The serial scaler against exact fractions: ties, both saturations, every shift."""

import random
from fractions import Fraction

import pytest

from attnforge.hdl.numeric import Int, Rounding
from attnforge.hdl.parts.arithmetic.serial_scale import SerialScale
from tests.parts.arithmetic.test_requantise import rounded, values_for
from tests.parts.pysim import trace


def expected(dut, value, multiplier, shift):
    exact = Fraction(value * multiplier << dut.offset, 1 << shift)
    return dut.o_form.saturate(rounded(exact, Rounding.HALF_UP))


@pytest.mark.parametrize("i_bits, o_bits, multiplier_bits, shift_bits, offset, multipliers", [
    (8, 8, 6, 4, 0, 4), (5, 11, 3, 3, 4, 4), (2, 2, 1, 1, 0, 4), (12, 4, 8, 5, 1, 4),
    # Many shifts, each of long jobs: half a minute with two multipliers per shift.
    (14, 29, 16, 6, 12, 2), (6, 20, 8, 6, 40, 2),
    pytest.param(14, 29, 16, 6, 12, 4, marks=pytest.mark.slow),
    pytest.param(6, 20, 8, 6, 40, 4, marks=pytest.mark.slow),
])
def test_scales_like_the_exact_fraction(i_bits, o_bits, multiplier_bits, shift_bits, offset, multipliers):
    """The operands stand still until the result, and are noise between; results come when ``latency`` says."""
    rng = random.Random(i_bits * o_bits)
    dut = SerialScale(Int(i_bits), Int(o_bits), multiplier_bits=multiplier_bits, shift_bits=shift_bits, offset=offset)
    inputs, wanted = [], []
    for shift in range(1 << shift_bits):
        for multiplier in rng.sample([0, 1, (1 << multiplier_bits) - 1, rng.getrandbits(multiplier_bits)], multipliers):
            values = rng.sample(values_for(dut, multiplier, shift, rng, 4), 3)
            for value in (dut.i_form.min, dut.i_form.max, *values):
                inputs.append({"i_valid": 1, "i": value, "multiplier": multiplier, "shift": shift})
                inputs += [{"i_valid": 0}] * (dut.interval - 1)
                inputs += [{"i": rng.randint(-1, 1), "shift": rng.getrandbits(shift_bits)}] * rng.choice((0, 0, 0, 2))
                wanted.append(expected(dut, value, multiplier, shift))
    seen = trace(dut, inputs, ["o_valid", "o"])
    at = [cycle for cycle, valid in enumerate(seen["o_valid"]) if valid]
    assert at == [cycle + dut.latency for cycle, row in enumerate(inputs) if row.get("i_valid")]
    assert [seen["o"][cycle] for cycle in at] == wanted
    assert {dut.o_form.min, dut.o_form.max} <= set(wanted)


def test_refuses_unsigned_formats():
    with pytest.raises(ValueError, match=r"signed formats.*Int\(bits=8, signed=False\)"):
        SerialScale(Int(8, signed=False), Int(8), multiplier_bits=8, shift_bits=4)
