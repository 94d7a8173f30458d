"""Jobs: their registers from floats, what is refused, blocks of rows, and random ones that reach every case."""

import math

import numpy as np
import pytest

from attnforge.hdl.dense.config import PRESETS, Config
from attnforge.hdl.dense.job import Job, blocks, job_fields, kept_rows, operand_segments, result_segments
from attnforge.hdl.dense.model import masked_rows
from attnforge.hdl.dense.quantise import quantise_job
from attnforge.hdl.numeric import pack
from attnforge.sim.data import load_heads
from tests.dense.cores import jobs, random_config, rng_of

TINY = PRESETS["tiny"]


def head(rng, **scales):
    return {name: rng.normal(size=shape) * scales.get(name, 1)
            for name, shape in (("q", (6, 4)), ("k", (9, 4)), ("v", (9, 5)))}


# Registers from floats ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("seed", range(8))
def test_registers_of_a_head_are_what_their_description_says(seed):
    config, rng = Config(), rng_of(seed)
    job, _, scales = quantise_job(config, head(rng, q=10.0 ** rng.uniform(-3, 1)), causal=1, causal_offset=3)
    score = scales["q"] * scales["k"] * math.log2(math.e) / 2 * 2**config.score_fraction_bits
    assert job.score_multiplier / 2**job.score_shift == pytest.approx(score, rel=2.0**-16)
    assert job.out_multiplier / 2**job.out_shift == pytest.approx(scales["v"] / scales["z"], rel=2.0**-16)
    assert (job.queries, job.keys, job.head_dim, job.value_dim) == (6, 9, 4, 5)
    assert (job.first_key, job.key_limit, job.causal, job.causal_offset, job.linear) == (0, 9, 1, 3, 0)
    assert all(field.low <= getattr(job, field.name) <= field.high for field in job_fields(config))


def test_real_heads_have_scales_of_their_own():
    found = [quantise_job(Config(), each.tensors)[0] for each in load_heads()]
    assert len({(job.score_multiplier, job.score_shift, job.out_multiplier) for job in found}) == 18


@pytest.mark.parametrize("seed", range(4))
def test_parameters_of_a_layer_are_what_their_description_says(seed):
    config, rng = Config(), rng_of(seed)
    tensors = {"x": rng.normal(size=(7, 6)), "w": rng.normal(size=(6, 5)) * np.logspace(-2, 1, 5),
               "bias": rng.normal(size=5)}
    job, operands, scales = quantise_job(config, tensors)
    assert (job.linear, job.queries, job.depth, job.channels) == (1, 7, 6, 5) and scales["w"].shape == (5,)
    multiplier, shift, bias = operands["parameters"].T
    np.testing.assert_allclose(multiplier / 2.0**shift, scales["x"] * scales["w"] / scales["y"], rtol=2.0**-16)
    np.testing.assert_allclose(bias * scales["x"] * scales["w"], tensors["bias"], atol=scales["x"] * scales["w"].max())
    assert (np.abs(operands["w"]).max(axis=0) == 127).all()  # each channel has a scale of its own


def test_a_layer_without_bias_has_none():
    _, operands, _ = quantise_job(Config(), {"x": np.ones((2, 3)), "w": np.ones((3, 4))})
    assert not operands["parameters"][:, 2].any()


# Refusals -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("scale", [1e4, 1e30])
def test_scores_too_far_apart_for_the_registers_are_refused(scale):
    with pytest.raises(ValueError, match="a scale factor of .* does not fit a 16-bit multiplier"):
        quantise_job(Config(), head(rng_of(2), q=scale, k=scale))


@pytest.mark.parametrize("name", ["q", "k", "v"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_heads_that_are_not_finite_are_refused(name, value):
    tensors = head(rng_of(3))
    tensors[name][3, 2] = value
    with pytest.raises(ValueError, match=f"tensor '{name}' of shape .* must hold finite numbers"):
        quantise_job(Config(), tensors)


@pytest.mark.parametrize("name", ["x", "w"])
def test_layers_that_are_not_finite_are_refused(name):
    tensors = {"x": np.ones((2, 3)), "w": np.ones((3, 4))}
    tensors[name][1, 2] = np.nan
    with pytest.raises(ValueError, match=f"tensor '{name}' of shape .* must hold finite numbers"):
        quantise_job(Config(), tensors)


# The stream -----------------------------------------------------------------------------------------------------------
def test_stationary_operands_come_before_those_that_pass():
    attention = Job(queries=3, keys=4, head_dim=5, value_dim=6)
    layer = Job(queries=3, linear=1, depth=4, channels=5)
    for segments, job, wanted in (
        (operand_segments, attention, {"k": (4, 5), "v": (4, 6), "q": (3, 5)}),
        (operand_segments, layer, {"parameters": (5, 3), "w": (4, 5), "x": (3, 4)}),
        (result_segments, attention, {"z": (3, 6)}),
        (result_segments, layer, {"y": (3, 5)}),
    ):
        assert [(segment.name, segment.shape) for segment in segments(TINY, job)] == list(wanted.items())


@pytest.mark.parametrize("size", [1, 3, 4, 16])
def test_blocks_are_full_but_for_the_last_which_takes_the_rest(size):
    config = Config(rows=size, columns=size)
    full = max(size, 4)
    for rows in range(1, 6 * full):
        found = blocks(config, rows)
        assert sum(found) == rows and set(found[:-1]) <= {full}
        assert full <= found[-1] <= config.most_rows == 2 * full - 1 or found == [rows]


def test_kept_rows_are_those_of_complete_blocks():
    """Blocks of 4, 4 and 6 rows; two beats of Q each behind 3 rows of K (2 beats) and of V (1 beat)."""
    job = Job(queries=14, keys=3, head_dim=5, value_dim=4)
    beats = len(pack(operand_segments(TINY, job), {"k": np.zeros((3, 5), int), "v": np.zeros((3, 4), int),
                                                   "q": np.zeros((14, 5), int)}, TINY.beat_bytes))
    assert beats == 9 + 28
    wanted = {0: 0, 9: 0, 9 + 7: 0, 9 + 8: 4, 9 + 15: 4, 9 + 16: 8, 9 + 27: 8, 9 + 28: 14}
    assert {at: kept_rows(TINY, job, at) for at in wanted} == wanted


# Random jobs ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("seed", range(30))
def test_random_jobs_are_within_all_ranges(seed):
    rng = rng_of(seed)
    config = random_config(rng, int(rng.integers(1, 9)), int(2 ** rng.integers(2, 7)))
    for step in jobs(config, rng, 10):
        for field in job_fields(config):
            assert field.low <= getattr(step.job, field.name) <= field.high
        pack(operand_segments(config, step.job), step.operands, config.beat_bytes)  # refuses what does not fit


def test_random_jobs_reach_every_case():
    steps = jobs(TINY, rng_of(5), 600)
    heads = [step.job for step in steps if not step.job.linear]
    assert 200 < len(heads) < 400
    assert 100 < sum(job.causal for job in heads) < 300
    masked = [masked_rows(TINY, job) for job in heads]
    assert sum(0 < rows < job.queries for rows, job in zip(masked, heads, strict=True)) > 5
    assert 5 < sum(rows == job.queries for rows, job in zip(masked, heads, strict=True)) < len(heads) / 4
    assert sum(job.first_key > 0 and job.key_limit < job.keys for job in heads) > 20
    assert len({len(blocks(TINY, step.job.queries)) for step in steps}) > 8
