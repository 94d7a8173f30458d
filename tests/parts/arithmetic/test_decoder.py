"""The decoder gates: every code of every format against the written tables, and what they cost on ECP5."""

import pytest

from attnforge.fpga.flow.synthesis import synthesise
from attnforge.gen.emission.emit import emit
from attnforge.hdl.numeric import KINDS, Flint, Int
from attnforge.hdl.parts.arithmetic.decoder import Decoder
from tests.numeric.tables import FORMS, table
from tests.parts.pysim import trace

SIGNED = [kind(4) for kind in KINDS.values()]
UNSIGNED = [kind(4, False) for kind in KINDS.values()]
LOW, HIGH = Int(8).digits()


def decoded(forms):
    """Base and exponent of every code, per format."""
    dut = Decoder(forms)
    codes = [{"tag": tag, "code": code} for tag in range(len(forms)) for code in range(2 ** forms[0].bits)]
    seen = trace(dut, codes, ["base", "exponent"])
    pairs = list(zip(seen["base"], seen["exponent"], strict=True))
    return [pairs[at : at + 2 ** forms[0].bits] for at in range(0, len(pairs), 2 ** forms[0].bits)]


def check(forms):
    for form, pairs in zip(forms, decoded(forms), strict=True):
        base, exponent = form.decode(range(2**form.bits))
        assert pairs == list(zip(base, exponent, strict=True)), form.name
        if form.kind != "digit":
            assert [base << exponent for base, exponent in pairs] == table(form)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_one_format(form):
    check([form])


@pytest.mark.parametrize("bits", range(3, 9))
def test_all_formats_of_a_width_by_tag(bits):
    check([form for form in FORMS if form.bits == bits])


@pytest.mark.parametrize("forms", [[LOW, HIGH], [*SIGNED, HIGH], [*UNSIGNED, LOW]])
def test_digits_of_an_8_bit_integer(forms):
    check(forms)


def test_two_decoders_make_an_8_bit_integer():
    (high,), (low,) = decoded([HIGH]), decoded([LOW])
    for code in range(256):
        (high_base, high_exponent), (low_base, low_exponent) = high[code >> 4], low[code & 15]
        assert (high_base << high_exponent) + (low_base << low_exponent) == Int(8).value(code)
        assert (high_exponent, low_exponent) == (4, 0)


@pytest.mark.parametrize("forms", [(), (Int(4), Flint(5))])
def test_refuses_formats_of_several_widths(forms):
    names = "int4s, flint5s" if forms else "none"
    with pytest.raises(ValueError, match=f"one width, not {names}"):
        Decoder(forms)


@pytest.mark.parametrize("forms, most", [
    ([Flint(4)], 6),
    ([Flint(4, False)], 6),
    ([Flint(4), Flint(4, False)], 20),
    (SIGNED, 22),
    (UNSIGNED, 26),
    ([*SIGNED, HIGH], 26),
    ([*UNSIGNED, LOW], 26),
], ids=lambda item: "+".join(form.name for form in item) if isinstance(item, list) else str(item))
def test_luts_on_ecp5(forms, most):
    """ANT wants decoders of next to nothing: 12 LUTs for flint alone and 40 for all four types are the borders."""
    cells = synthesise(emit(Decoder(forms), "decoder_cost", target="ecp5").verilog, "decoder_cost").cells
    assert 0 < cells.lut4 <= most and cells.comb == cells.lut4 and cells.ff == 0
