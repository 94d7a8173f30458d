"""The command line of the benches."""

import subprocess
import sys
from xml.etree import ElementTree

import pytest

from attnforge.sim.bench.junit import write_junit
from attnforge.sim.bench.standard import Check


def run(*arguments):
    return subprocess.run([sys.executable, "-m", "sim", *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("arguments", "message"), [
    (["--design", "vitalty"], "no design 'vitalty'; did you mean vitality?"),
    (["--design", "vitality", "--pe", "0x16"], "not 0"),
    (["--pe", "4x4"], "--design is missing; there are: vitality, ant"),
    (["--design", "vitality", "--pe", "16"], "--pe 16: an array has rows and columns, such as 16x16"),
    (["--seed", "-1"], "--seed -1: give a whole number from 0 up"),
    (["--jobs", "0"], "--jobs 0: give a whole number from 1 up"),
    (["--simulator", "spice"], "--simulator spice: there are verilator and icarus"),
    (["--set", "g_bits"], "--set g_bits: give a field and its value"),
    (["--target", "asic"], "no target 'asic'"),
    (["--fast"], "No such option"),
    (["demo", "--head", "3.9"], "not '3.9'"),
    (["demo", "--design", "ant", "--head", "5.0"], "--head 5.0: the demonstration of ant has no such option"),
    (["demo", "--clip", "20-149"], "--clip 20-149: the demonstration of vitality has no such option"),
    (["demo", "--design", "ant", "--clip", "20"], "--clip 20: give two percentages, such as 75-149"),
    (["demo", "--design", "an"], "--design an: no design 'an'; did you mean ant?"),
    (["prove", "StreamQeue"], "no part 'StreamQeue' with promises; did you mean StreamQueue?"),
])
def test_bad_input_is_one_line_and_exit_2(arguments, message):
    result = run(*arguments)
    assert result.returncode == 2 and result.stdout == ""
    assert result.stderr.startswith("error: ") and result.stderr.count("\n") == 1 and message in result.stderr


@pytest.mark.parametrize(("arguments", "message"), [
    (["--preset", "tiny"],
     "vitality_3x4 is too small for these heads: tensor 'k' must have the shape (tokens = 1 to 12, head_dim = 1 to 7), "
     "not (257, 64)"),
    (["--design", "ant", "--preset", "tiny"], "ant_4x4 can't take the layer q: "
     "tensor 'w' must have the shape (k = 1 to 24, n from 1 up), not (384, 384)"),
])
def test_a_core_too_small_for_the_demonstration_is_told_in_one_line(arguments, message):
    result = run("demo", *arguments)
    assert result.returncode == 2 and result.stderr == f"error: {message}\n"


def test_junit_has_a_case_per_check(tmp_path):
    checks = [Check("good", []), Check("bad", ["a < b", "second"])]
    write_junit(tmp_path / "out" / "results.xml", [("core", checks)], seed=7)
    suite = ElementTree.parse(tmp_path / "out" / "results.xml").getroot()[0]
    assert suite.get("tests") == "2" and suite.get("failures") == "1"
    assert suite.find("properties/property").get("value") == "7"
    assert suite.find("testcase[@name='bad']/failure").text == "a < b\nsecond"
