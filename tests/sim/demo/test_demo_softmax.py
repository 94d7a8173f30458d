"""The demonstration of softmax attention: distances, tables, refusals, and that a wrong core fails it."""

import io

import numpy as np
import pytest
from rich.console import Console

from attnforge.gen.errors import UsageError
from attnforge.gen.request import resolve
from attnforge.hdl.dense import DESIGN, PRESETS
from attnforge.sim.bench import run as runner
from attnforge.sim.data import HeadTensors, load_heads
from attnforge.sim.demo import dense as demo_softmax
from attnforge.sim.demo.dense import SoftmaxHead

TINY = PRESETS["tiny"]


def small(layer, head):
    """A head that the tiny core takes."""
    rng = np.random.default_rng([layer, head])
    return HeadTensors(layer, head, *(rng.normal(size=(20, features)) for features in (6, 6, 9)))


HEADS = [small(0, 0), small(0, 1), small(3, 0)]
BYTES = 3 * 20 * 12  # 9 results in three beats of 4 bytes


@pytest.fixture
def run_small(tmp_path, monkeypatch):
    """Run the demonstration on the tiny core; what it returns, and what it prints."""
    monkeypatch.chdir(tmp_path)

    def run():
        console = Console(width=130, record=True, file=io.StringIO())
        passed = demo_softmax.demonstrate(resolve("dense", preset="tiny"), console, tensors=HEADS)
        return passed, console.export_text()

    return run


def test_a_line_for_each_layer_and_one_for_all(run_small):
    passed, text = run_small()
    assert passed and f"0 of {BYTES:,} bytes differ from the bit-exact model: passed" in text
    lines = [[cell.strip() for cell in line.split("│")[1:4]] for line in text.splitlines() if line.startswith("│")]
    assert lines == [["0", "2", "360"], ["3", "1", "180"], ["all", "3", "540"]]


def test_wrong_bytes_and_wrong_cycles_fail_it(run_small, monkeypatch):
    right = runner.run

    def wrong(*arguments, **options):
        result = right(*arguments, **options)
        result.failures.append("job 1: 3 bytes differ")
        result.jobs[0].mismatches = 3
        result.jobs[2].last_result += 1
        return result

    monkeypatch.setattr(runner, "run", wrong)
    passed, text = run_small()
    assert not passed and f"3 of {BYTES:,} bytes differ from the bit-exact model: FAILED" in text
    assert "job 1: 3 bytes differ" in text and "head 3.0 ended in cycle" in text


def test_heads_without_results_fail_it(run_small, monkeypatch):
    right = runner.run

    def wrong(*arguments, **options):
        result = right(*arguments, **options)
        result.jobs[1].outputs = {}
        result.failures.append("job 2: no results")
        return result

    monkeypatch.setattr(runner, "run", wrong)
    passed, text = run_small()
    assert not passed and "Not all heads gave results:\njob 2: no results" in text


def test_a_core_that_is_too_small_is_refused():
    request = resolve("dense", preset="tiny")
    with pytest.raises(UsageError, match="dense_4x4 is too small for these heads: tensor 'k' must have the shape "):
        demo_softmax.demonstrate(request, Console(quiet=True), tensors=load_heads()[:1])


def test_distances_tell_the_operands_rounding_from_the_cores():
    config = PRESETS["default"]
    tensors = load_heads()[0]
    head = SoftmaxHead(tensors, *DESIGN.quantise(config, tensors.tensors))
    results = DESIGN.model(config, head.job, head.operands)["z"]
    assert head.to_operands(results).cosine > 0.999
    assert head.to_floats(results).cosine < head.to_operands(results).cosine
    results[5] += 40
    assert head.to_operands(results).max_lsb > 38
