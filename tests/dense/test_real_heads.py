"""The core of 16 x 16 on real operands: all 18 DINOv2 heads, and layers; every byte, every cycle, and utilisation."""

from types import SimpleNamespace

import pytest

from attnforge.hdl.dense import DESIGN, Config
from attnforge.hdl.dense.perf import job_ends, perf
from attnforge.sim.bench.run import Plan, run_plans
from attnforge.sim.bench.stalls import PROFILES
from attnforge.sim.bench.steps import Run
from attnforge.sim.data import load_gemms, load_heads
from attnforge.sim.reference import distance, softmax_attention
from tests.dense.cores import check, ends

CONFIG = Config()
HEADS = load_heads()
OUTPUTS = 18 * 257 * 64
TOKENS = {"DeiT-Tiny": 197, "DINOv2": 257}
EQUAL_JOBS = 6


def quantised(tensors):
    return Run(*DESIGN.quantise(CONFIG, tensors)[:2])


def linear(gemm, rows=None, channels=None):
    return quantised({"x": gemm.a[:rows], "w": gemm.w[:, :channels]})


@pytest.fixture(scope="module")
def runs():
    """The heads as jobs back to back, each with its own scales, without stalls and with random ones at both ends.

    Then a head as DeiT-Tiny has it, a query projection, and the two kinds in turn.
    """
    heads = [quantised(head.tensors) for head in HEADS]
    short = quantised({name: tensor[: TOKENS["DeiT-Tiny"]] for name, tensor in HEADS[9].tensors.items()})
    projection = next(gemm for gemm in load_gemms() if gemm.name == "q")
    mixed = [*heads[:2], linear(projection, 40, 100), heads[2], linear(projection, 33, 384), short, heads[3]]
    plans = [Plan(heads), Plan(heads, PROFILES["both"], 1), Plan([short] * EQUAL_JOBS), Plan([linear(projection)] * 3),
             Plan(mixed, counters=False)]
    free, stalled, short, projection, mixed = run_plans(DESIGN, CONFIG, plans)
    return SimpleNamespace(free=free, stalled=stalled, short=short, projection=projection, mixed=mixed)


def assert_perf(result):
    starts = [job.start for job in result.jobs]
    assert ends(result) == job_ends(CONFIG, [job.job for job in result.jobs], starts)


def test_each_head_has_its_own_scales(runs):
    assert len({(job.job.score_multiplier, job.job.out_multiplier) for job in runs.free.jobs}) == 18


def test_no_output_of_18_heads_differs_from_the_model(runs):
    check(runs.free)
    assert runs.free.outputs_checked == OUTPUTS == 296_064
    assert all(job.counters["JOB_MACS_LO"] == 257 * 257 * 128 for job in runs.free.jobs)


def test_no_output_of_18_heads_differs_from_the_model_with_random_stalls(runs):
    check(runs.stalled)
    assert runs.stalled.outputs_checked == OUTPUTS


def test_what_the_gates_give_has_a_cosine_of_at_least_0999_with_float64_softmax(runs):
    cosines = []
    for head, job in zip(HEADS, runs.free.jobs, strict=True):
        _, operands, scales = DESIGN.quantise(CONFIG, head.tensors)
        exact = softmax_attention(*(operands[name] * scales[name] for name in "qkv")).output
        cosines.append(distance(job.outputs["z"] * scales["z"], exact).cosine)
    print(f"\nRTL of 18 heads: cosine worst {min(cosines):.5f}, mean {sum(cosines) / 18:.5f}")
    assert min(cosines) >= 0.999


def test_every_head_ends_when_perf_says(runs):
    assert_perf(runs.free)


def test_heads_follow_each_other_at_the_interval_of_perf(runs):
    """All but the first, which fills the pipeline, and the last, behind which no other head hides."""
    assert set(runs.free.intervals[1:-1]) == {perf(CONFIG, runs.free.jobs[0].job).interval}


def test_heads_and_layers_in_turn_equal_the_model_and_end_when_perf_says(runs):
    check(runs.mixed)
    assert_perf(runs.mixed)


@pytest.mark.parametrize("name, least", [("DINOv2", 0.92), ("DeiT-Tiny", 0.92)])
def test_utilisation_that_is_measured_is_at_least_92_percent_softmax_included(runs, name, least):
    """From end to end of jobs back to back, of the n^2 (d + d_v) products of softmax attention alone."""
    result = runs.free if name == "DINOv2" else runs.short
    check(result)
    assert_perf(result)
    interval, tokens = max(result.intervals[1:-1]), TOKENS[name]
    assert result.jobs[0].job.queries == result.jobs[0].job.keys == tokens
    utilisation = tokens**2 * 128 / (16 * 16 * interval)
    print(f"\n{name}: {interval} cycles per head, utilisation {utilisation:.4f}")
    assert least <= utilisation <= 1


def test_utilisation_of_a_linear_layer_that_is_measured_is_at_least_94_percent(runs):
    check(runs.projection)
    assert_perf(runs.projection)
    interval = max(runs.projection.intervals)
    utilisation = 257 * 384 * 384 / (16 * 16 * interval)
    print(f"\n257x384x384: {interval} cycles, utilisation {utilisation:.4f}")
    assert 0.94 <= utilisation <= 1


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["bursts", "lazy"])
def test_no_output_of_18_heads_differs_from_the_model_with_other_stalls(profile):
    (result,) = run_plans(DESIGN, CONFIG, [Plan([quantised(head.tensors) for head in HEADS], PROFILES[profile], 2)])
    check(result)
    assert result.outputs_checked == OUTPUTS


@pytest.mark.slow
@pytest.mark.parametrize("mask", [{"causal": 1}, {"causal": 1, "causal_offset": 60, "first_key": 20, "key_limit": 230}],
                         ids=["causal", "all masks"])
def test_masked_heads(mask):
    steps = [Run(*DESIGN.quantise(CONFIG, head.tensors, **mask)[:2]) for head in HEADS[::3]]
    free, stalled = run_plans(DESIGN, CONFIG, [Plan(steps), Plan(steps, PROFILES["both"], 3)])
    check(free, stalled)
    assert_perf(free)
