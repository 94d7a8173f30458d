"""The demonstration's arithmetic, tables and picture, on the model's results in place of the hardware's."""

import io
from types import SimpleNamespace

import numpy as np
import pytest
from rich.console import Console

from attnforge.hdl.vitality.config import Config
from attnforge.hdl.vitality.job import quantise_head
from attnforge.hdl.vitality.model import model
from attnforge.sim.data import load_heads
from attnforge.sim.demo.figure import draw
from attnforge.sim.demo.heads import prepare, split_cycles
from attnforge.sim.demo.tables import heads_table, summarise
from attnforge.sim.demo.vitality import median_head

DESIGN = SimpleNamespace(quantise=quantise_head, model=model)


@pytest.fixture(scope="module")
def heads():
    """Two heads of each layer."""
    return [prepare(DESIGN, Config(), tensors) for tensors in load_heads()[::3]]


@pytest.fixture(scope="module")
def results(heads):
    return [head.expected for head in heads]


def test_cycles_by_hand():
    """n = 257, d = d_v = 64 on 16 x 16: 17 row tiles of tokens, 4 of features."""
    job = SimpleNamespace(tokens=257, head_dim=64, value_dim=64)
    cycles = split_cycles(Config(), job, 8500)
    assert cycles.useful == 2 * 257 * 64 * 64 / 256 == 8224
    assert cycles.padding == 4 * (17 * 64 + 4 * 257) - 8224
    assert cycles.rest == 8500 - 8224 - cycles.padding
    assert cycles.interval == 8500
    assert cycles.softmax == 257**2 * 128 / 256


def test_hardware_is_close_to_float_taylor_attention(heads, results):
    """Quantisation of operands and results, and nothing else, lies between them."""
    summary = summarise(heads, results)
    assert (summary.heads, summary.mismatches, summary.outputs) == (6, 0, 6 * 257 * 64)
    assert summary.taylor_cosine > 0.999
    assert summary.taylor_lsb < 3
    assert 0.3 < summary.softmax_cosine[0] < summary.softmax_cosine[1] < 1


def test_a_wrong_result_is_counted(heads, results):
    wrong = [result.copy() for result in results]
    wrong[2][100, 3] += 1
    assert summarise(heads, wrong).mismatches == 1
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(heads_table(heads, wrong))
    lines = {line.split()[1]: line.split() for line in console.export_text().splitlines() if line.startswith("│")}
    assert lines["0"][7] == "0" and lines["5"][7] == "1" and lines["all"][7] == "1"


def test_median_head_is_in_the_middle(heads, results):
    cosines = [head.to_softmax(result).cosine for head, result in zip(heads, results, strict=True)]
    assert np.sort(cosines)[3] == cosines[median_head(heads, results)]


def test_picture(heads, results, tmp_path):
    cycles = split_cycles(Config(), heads[0].job, 8500)
    path = tmp_path / "demo.png"
    draw(path, heads=heads, results=results, shown=1, cycles=cycles, title="title", checked="checked")
    assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n" and path.stat().st_size > 30_000
