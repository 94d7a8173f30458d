"""The emitted Verilog of ANT: clean, and as many modules for every size."""

import re
import time

import pytest

from attnforge.gen import generate
from attnforge.gen.emission.emit import emit
from attnforge.gen.request import resolve
from tests.gen.test_cli import check_refusal

BAD = {
    "odd array": (["--pe", "5x4"], "--pe 5x4: rows is even where eight_bits is true, not 5"),
    "too many": (["--pe", "16x129"], "--pe 16x129: columns is a whole number from 1 to 128, not 129"),
    "types": (["--set", "pot=true", "--set", "dsp=true"], "dsp is false with pot or minifloat"),
    "narrow beat": (["--set", "beat_bytes=2"], "--set beat_bytes=2: beat_bytes is a whole number from 4 to 256, not 2"),
    "lanes": (["--set", "lanes=4"], "--set lanes=4: lanes is one of 1, 2 for 16 columns"),
}


@pytest.mark.parametrize("arguments, message", BAD.values(), ids=BAD)
def test_bad_options_are_refused(run, arguments, message):
    check_refusal(run, ["--design", "ant", *arguments], message)


def test_keys_leave_nothing_out():
    for fields in ({}, {"dsp": True, "pot": False, "minifloat": False}):
        request = resolve("ant", preset="tiny", settings=fields)
        emit(request.design.top(request.config), "tiny", check_keys=True)


def module_count(verilog):
    return len(re.findall("^module ", verilog, re.MULTILINE))


def test_size_costs_no_modules():
    sizes = ("4x4", "6x10", "16x16", "24x32")
    narrow, odd, wide, wider = (module_count(generate("ant", pe=size, out=size)[0].verilog) for size in sizes)
    # Where the array is as wide as a beat, nothing cuts beats in pieces.
    assert narrow == odd == wide + 1 == wider + 1 < 60


@pytest.mark.slow
def test_the_paper_preset_is_emitted_with_patience():
    start = time.perf_counter()
    core, _, _ = generate("ant", preset="paper", out="paper")
    # Twice the limit: tests share the machine.
    assert time.perf_counter() - start < 2 * 20
    assert module_count(core.verilog) < 70
