"""The emitted Verilog of the dense core: clean, and as many modules for every size."""

import re

import pytest

from attnforge.gen import generate
from attnforge.gen.emission.emit import emit
from attnforge.gen.request import resolve
from tests.gen.test_cli import check_refusal

BAD = {
    "oblong array": (["--pe", "4x8"], "--pe 4x8: columns is 4, as many as rows, not 8"),
    "too many": (["--pe", "129x129"], "--pe 129x129: rows is a whole number from 1 to 128, not 129"),
    "bits": (["--bits", "9"], "--bits 9: bits is a whole number from 4 to 8, not 9"),
    "no tokens": (["--tokens", "5"], "--tokens 5: no config field 'max_tokens'; did you mean max_keys"),
    "scores": (["--set", "score_bits=9"], "--set score_bits=9: score_bits is at least 11 with 6 fraction bits, not 9"),
    "narrow beat": (["--set", "beat_bytes=2"], "--set beat_bytes=2: beat_bytes is a whole number from 4 to 256, not 2"),
    "lanes": (["--set", "lanes=3"], "--set lanes=3: lanes is one of 1, 2, 4, 8 for 16 columns"),
}


@pytest.mark.parametrize("arguments, message", BAD.values(), ids=BAD)
def test_bad_options_are_refused(run, arguments, message):
    check_refusal(run, ["--design", "dense", *arguments], message)


OTHER = {"serial": True, "score_bits": 12, "probability_bits": 9, "lanes": 2, "lossy": True}


@pytest.mark.parametrize("fields", [{}, OTHER], ids=str)
def test_keys_leave_nothing_out(fields):
    request = resolve("dense", preset="tiny", settings=fields)
    emit(request.design.top(request.config), "tiny", check_keys=True)


def module_count(verilog):
    return len(re.findall("^module ", verilog, re.MULTILINE))


def test_size_costs_no_modules():
    counts = {size: module_count(generate("dense", pe=size, out=size)[0].verilog) for size in ("8x8", "12x12", "16x16")}
    assert len(set(counts.values())) == 1, counts
