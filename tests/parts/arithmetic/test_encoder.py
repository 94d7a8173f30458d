"""The encoder gates against the formats: every value in range of the 4-bit formats, millions of the others."""

import numpy as np
import pytest

from attnforge.fpga.flow.synthesis import synthesise
from attnforge.gen.emission.emit import emit
from attnforge.hdl.numeric import KINDS, Flint, Float, Int, Pot
from attnforge.hdl.parts.arithmetic.encoder import Encoder
from tests.numeric.tables import FORMS, FOUR_BITS
from tests.parts.pysim import trace
from tests.parts.verilated import run

SIGNED = [kind(4) for kind in KINDS.values()]
UNSIGNED = [kind(4, False) for kind in KINDS.values()]


def wrong_codes(forms, i_bits, fraction_bits, values):
    """Run values through an encoder on Verilator, for each tag; how many codes differ, and how many there are."""
    dut = Encoder(forms, Int(i_bits), fraction_bits=fraction_bits)
    still = np.concatenate([values, np.zeros(dut.latency, np.int64)])  # a tag stays until the last value has left
    tags = np.repeat(np.arange(len(forms)), len(still))
    stimulus = {"i": np.tile(still, len(forms)), "tag": tags, "i_valid": np.ones(len(tags), np.int64)}
    if len(forms) == 1:
        del stimulus["tag"]
    codes = run(dut, stimulus, "o").reshape(len(forms), -1)[:, : len(values)]
    wanted = np.stack([form.code(values, fraction_bits) for form in forms])
    for row, form in zip(wanted, forms, strict=True):
        assert len(np.unique(row)) == len(form.grid), f"not all codes of {form.name} are reached"
    return np.count_nonzero(codes != wanted), codes.size


@pytest.mark.parametrize("fraction_bits", [0, 1])
def test_every_value_in_range_of_all_4_bit_formats(fraction_bits):
    """To four times the largest value of all, 2^14, on both sides: one or two million values."""
    bits = 17 + fraction_bits
    values = np.arange(-(2 ** (bits - 1)), 2 ** (bits - 1))
    assert wrong_codes(FOUR_BITS, bits, fraction_bits, values) == (0, len(FOUR_BITS) << bits)


def midpoints(forms, fraction_bits):
    """All midpoints between neighbours, and one step to either side."""
    doubled = np.concatenate([form.grid[:-1] + form.grid[1:] for form in forms])
    return np.concatenate([(doubled << fraction_bits >> 1) + step for step in (-1, 0, 1)])


@pytest.mark.parametrize("bits, i_bits", [(3, 16), (5, 36), (6, 24), (7, 24), (8, 32)])
def test_a_million_values_of_each_other_width(bits, i_bits):
    """Of every magnitude, so that small and large values are reached, with all ties and the extremes among them."""
    forms = [form for form in FORMS if form.bits == bits]
    rng = np.random.default_rng(bits)
    count = -(-1_000_000 // len(forms))
    low, high = -(2 ** (i_bits - 1)), 2 ** (i_bits - 1) - 1
    values = rng.integers(low, high, count, endpoint=True) >> rng.integers(0, i_bits - 1, count)
    values = np.concatenate([values, midpoints(forms, 2), [low, high, -1, 0, 1]])
    wrong, all_codes = wrong_codes(forms, i_bits, 2, values)
    assert all_codes >= 1_000_000 and wrong == 0


@pytest.mark.parametrize("forms, i_bits", [
    ([Flint(4)], 7),
    ([Pot(3)], 2),  # far too narrow for the format
    ([Float(5, False)], 12),
    ([Int(4)], 6),
    ([Int(4), Int(4, False)], 9),
    ([Int(8), Flint(8)], 5),
], ids=lambda item: "+".join(form.name for form in item) if isinstance(item, list) else str(item))
@pytest.mark.parametrize("fraction_bits", [0, 1])
def test_few_formats_and_narrow_values(forms, i_bits, fraction_bits):
    dut = Encoder(forms, Int(i_bits), fraction_bits=fraction_bits)
    values = np.arange(-(2 ** (i_bits - 1)), 2 ** (i_bits - 1))
    for tag, form in enumerate(forms):
        inputs = [{"tag": tag, "i_valid": int(value % 3 == 0), "i": int(value)} for value in values]
        seen = trace(dut, inputs, ["o", "o_valid"], drain=dut.latency)
        assert seen["o"][dut.latency :] == form.code(values, fraction_bits).tolist()
        assert seen["o_valid"] == [0] * dut.latency + [row["i_valid"] for row in inputs]
    assert dut.latency == (2 if {form.kind for form in forms} == {"int"} else 5)


@pytest.mark.parametrize("forms, i_form, fraction_bits, message", [
    ([], Int(8), 0, "one width, not none"),
    ([Flint(4), Flint(5)], Int(8), 0, "one width, not flint4s, flint5s"),
    ([Flint(4)], Int(8, False), 0, r"signed values, not Int\(bits=8, signed=False\)"),
    ([Int(8).digits()[0]], Int(8), 0, "an encoder has no format digit4u@0"),
    ([Flint(4)], Int(8), 8, "0 to 7 fraction bits, not 8"),
])
def test_refusals(forms, i_form, fraction_bits, message):
    with pytest.raises(ValueError, match=message):
        Encoder(forms, i_form, fraction_bits=fraction_bits)


@pytest.mark.parametrize("forms, most", [
    ([Int(4)], 22),
    ([Flint(4)], 42),
    (SIGNED, 76),
    (UNSIGNED, 130),
    ([*SIGNED, *UNSIGNED], 156),
], ids=lambda item: "+".join(form.name for form in item) if isinstance(item, list) else str(item))
def test_luts_on_ecp5(forms, most):
    """For values of 24 bits: no multiplier and no memory."""
    verilog = emit(Encoder(forms, Int(24), fraction_bits=1), "encoder_cost", target="ecp5").verilog
    cells = synthesise(verilog, "encoder_cost").cells
    assert 0 < cells.lut4 <= most and cells.dsp == cells.ebr == cells.lutram == 0
