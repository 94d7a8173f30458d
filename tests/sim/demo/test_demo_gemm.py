"""The demonstration of layers: codings, distances, tables, what it refuses, and that a wrong core fails it."""

import io
import re
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from attnforge.gen.errors import UsageError
from attnforge.gen.request import resolve
from attnforge.hdl.ant import DESIGN, PRESETS
from attnforge.hdl.numeric import select
from attnforge.sim.bench import run as runner
from attnforge.sim.data import GemmTensors, load_gemms
from attnforge.sim.demo import ant as demo_gemm
from attnforge.sim.demo.layers import CODINGS, code

TINY, BOARD = PRESETS["tiny"], PRESETS["ulx3s_85f"]
README = Path(__file__).parents[3] / "hdl" / "ant" / "README.md"
WIDER = range(20, 150)


def small(seed=0):
    """A product that takes two jobs of the tiny core."""
    rng = np.random.default_rng(seed)
    return GemmTensors(f"small{seed}", rng.laplace(size=(9, 20)), rng.standard_t(2, size=(20, 13)))


def modelled(product):
    return [DESIGN.model(product.config, *job) for job in product.jobs]


@pytest.mark.parametrize("coding", CODINGS, ids=lambda coding: coding.name)
def test_wide_results_are_the_product_of_the_codes_values(coding):
    """Jobs split, modelled, joined and scaled again: all that is left is the rounding of 16 bits."""
    tensors = small()
    product = code(TINY, tensors, coding, wide=True)
    wanted = np.zeros((9, 13))
    for part in product.parts:
        a, w = TINY.activations[part.job.a_type], TINY.weights[part.job.w_type]
        values = a.value(part.operands["a"]) * part.scales["a"], w.value(part.operands["w"]) * part.scales["w"]
        assert np.abs(values[1] - tensors.w[:, part.columns]).max() < np.abs(tensors.w).max()
        wanted[:, part.columns] = values[0] @ values[1]
    assert len(product.jobs) > len(product.parts) or coding.per_channel
    found = product.value(modelled(product))
    assert np.abs(found - wanted).max() < 1e-4 * np.abs(wanted).max()


def test_a_type_per_channel_is_the_one_that_suits_the_channel():
    tensors = small()
    by_tensor, by_channel = (code(TINY, tensors, coding, wide=True) for coding in CODINGS[1:3])
    assert len(by_tensor.parts) == 1 and len(by_channel.parts) > 1
    assert sorted(np.concatenate([part.columns for part in by_channel.parts])) == list(range(13))
    forms = [form for form in TINY.weights if form.bits == 4]
    for part in by_channel.parts:
        for column in part.columns:
            sqnrs = select(tensors.w[:, column], forms).sqnr_by_kind
            assert sqnrs[TINY.weights[part.job.w_type].kind] == max(sqnrs.values())


def test_int4_has_integers_alone_and_ant4_what_fits():
    int4, ant4 = (code(BOARD, load_gemms()[0], coding, wide=False) for coding in CODINGS[:2])
    assert (int4.weight_types, int4.activation_type) == ("int", "int")
    assert (ant4.weight_types, ant4.activation_type) == ("flint", "flint")
    assert BOARD.results[int4.parts[0].job.o_type].kind == "int"


@cache
def layer_figures(name, coding, percents=None):
    """What the README's line has, from the model."""
    (tensors,) = (each for each in load_gemms() if each.name == name)
    (coding,) = (each for each in CODINGS if each.name == coding)
    wide = code(BOARD, tensors, coding, wide=True, percents=percents)
    distances = [wide.weights_to_float, wide.to_float(modelled(wide))]
    if not coding.per_channel:
        coded = code(BOARD, tensors, coding, wide=False, percents=percents)
        distances.append(coded.to_float(modelled(coded)))
    figures = [f"{each.sqnr:.2f}, {each.cosine:.4f}" for each in distances]
    return f"{wide.weight_types}; {wide.activation_type}", *figures, *["-"] * (3 - len(figures))


def test_the_figures_of_the_readme_are_those_of_the_cores_arithmetic():
    lines = [re.split(r" *\| *", line)[1:-1] for line in README.read_text().splitlines()
             if re.match(r"\| (q|fc2) \|", line)]  # fmt: skip
    assert [line[:2] for line in lines] == [[name, coding.name] for name in ("q", "fc2") for coding in CODINGS]
    for name, coding, *figures, wider in lines:
        assert (name, coding, *figures) == (name, coding, *layer_figures(name, coding))
        assert (name, coding, wider) == (name, coding, layer_figures(name, coding, WIDER)[2])


# Two layers of 9 x 13 results in jobs of 10 and 3 columns, in beats of 4 bytes: wide ones in all five codings, codes of
# 4 and of 8 bits in two each.
BYTES = 2 * 9 * (5 * 4 * 13 + 2 * (8 + 4) + 2 * (12 + 4))


@pytest.fixture
def run_small(tmp_path, monkeypatch):
    """Run the demonstration on the tiny core; what it returns, and what it prints."""
    monkeypatch.chdir(tmp_path)

    def run():
        console = Console(width=130, record=True, file=io.StringIO())
        passed = demo_gemm.demonstrate(resolve("ant", preset="tiny"), console, layers=[small(), small(1)])
        return passed, console.export_text()

    return run


def test_a_line_for_each_layer_and_coding(run_small):
    passed, text = run_small()
    assert passed and f"0 of {BYTES:,} bytes differ from the bit-exact model: passed" in text
    codes = Counter(line.split("│")[2].strip() for line in text.splitlines() if line.startswith("│"))
    assert codes == {coding.name: 4 for coding in CODINGS}
    assert text.count("small0 9x20x13") == text.count("small1 9x20x13") == 2


def test_wrong_bytes_and_wrong_cycles_fail_it(run_small, monkeypatch):
    right = runner.run_plans

    def wrong(*arguments, **options):
        results = right(*arguments, **options)
        results[0].failures.append("job 1: 3 bytes differ")
        results[0].jobs[0].mismatches = 3
        return results

    with monkeypatch.context() as patch:
        patch.setattr(runner, "run_plans", wrong)
        passed, text = run_small()
    assert not passed and "job 1: 3 bytes differ" in text and f"3 of {BYTES:,} bytes differ" in text
    with monkeypatch.context() as patch:
        patch.setattr(demo_gemm, "job_ends", lambda config, jobs, starts: [0])
        passed, text = run_small()
    assert not passed and "small0, int4: " in text and "FAILED" in text


def test_jobs_without_results_fail_it(run_small, monkeypatch):
    right = runner.run_plans

    def short(*arguments, **options):
        results = right(*arguments, **options)
        results[3].jobs[1].outputs.clear()
        results[3].failures.append("job 2: no results")
        return results

    monkeypatch.setattr(runner, "run_plans", short)
    passed, text = run_small()
    assert not passed and "Not all jobs gave results:\njob 2: no results" in text


def test_a_core_that_is_too_small_is_refused():
    request = resolve("ant", preset="default")
    text = ("ant_16x16 can't take the layer fc2: tensor 'w' must have the shape (k = 1 to 1024, n from 1 up), "
            "not (1536, 192)")
    with pytest.raises(UsageError, match=re.escape(text)):
        demo_gemm.demonstrate(request, Console(quiet=True), layers=load_gemms()[1:])
