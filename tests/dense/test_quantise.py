"""Heads from floats: offsets of K, rows that no query sees, scores beyond their format, results of all codes."""

import numpy as np
import pytest

from attnforge.hdl.dense.config import Config
from attnforge.hdl.dense.job import attention_job
from attnforge.hdl.dense.model import model, saturated_scores
from attnforge.hdl.dense.quantise import quantise_job, visible
from attnforge.hdl.numeric import InputError
from attnforge.sim.data import load_heads
from attnforge.sim.reference import attention_mask, distance, softmax_attention
from tests.dense.cores import rng_of

HEADS = load_heads()[::4]
MASKS = ({"first_key": 40}, {"key_limit": 190}, {"first_key": 10, "key_limit": 200, "causal": 1},
         {"first_key": 30, "causal": 1, "causal_offset": 12})


def results(tensors, config=None, **mask):
    """What the core gives, as floats."""
    config = config or Config()
    job, operands, scales = quantise_job(config, tensors, **mask)
    return model(config, job, operands)["z"] * scales["z"]


def full_mask(**mask):
    offset = mask.get("causal_offset", 0) if mask.get("causal") else None
    return attention_mask(257, 257, first_key=mask.get("first_key", 0), key_limit=mask.get("key_limit"),
                          causal_offset=offset)


# Offsets --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("head", HEADS, ids=lambda head: f"layer {head.layer}")
def test_an_offset_of_a_feature_of_q_and_k_costs_what_the_larger_q_does(head):
    """An offset of 80 made scores of 80 * 80, all of them beyond the format: 0.04 dB were left."""
    q, k, v = (head.tensors[name].copy() for name in "qkv")
    q[:, 3] += 80
    k[:, 3] += 80
    exact = softmax_attention(q, k, v).output
    coarse = np.abs(q).max() / 127  # of q, whose offset has a part in softmax
    rounded = softmax_attention(np.round(q / coarse) * coarse, k, v).output
    found = results({"q": q, "k": k, "v": v})
    assert distance(found, exact).sqnr > min(30, distance(rounded, exact).sqnr - 3) > 15
    assert distance(found, rounded).sqnr > 25


def test_an_offset_of_k_alone_changes_no_integer():
    rng, head = rng_of(1), HEADS[1]
    offset = np.exp2(rng.integers(-3, 9, 64)) * rng.choice([-1, 1], 64)
    _, plain, scales = quantise_job(Config(), head.tensors)
    _, moved, other = quantise_job(Config(), head.tensors | {"k": head.key + offset})
    assert scales["k"] == pytest.approx(other["k"], rel=1e-12)
    assert all(np.abs(plain[name] - moved[name]).max() <= (name == "k") for name in "qkv")
    assert np.mean(plain["k"] != moved["k"]) < 1e-3  # ties, that float64 tells apart


def test_integers_of_a_user_are_not_touched():
    rng = rng_of(2)
    operands = {name: 50 + rng.integers(-9, 9, (5, 4)) for name in "qkv"}
    kept = {name: tensor.copy() for name, tensor in operands.items()}
    attention_job(Config(), operands, 0.001, {})
    assert all((operands[name] == kept[name]).all() for name in "qkv")


# Rows that no query sees ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("mask", MASKS, ids=str)
@pytest.mark.parametrize("what", [100.0, np.nan, np.inf], ids=str)
def test_what_stands_in_rows_that_are_not_seen_changes_nothing(mask, what):
    """A masked row 100 times as large took 34 dB from the others, and NaN in padding was an error."""
    seen, head = full_mask(**mask), HEADS[2]
    tensors = {name: tensor.copy() for name, tensor in head.tensors.items()}
    hidden = {"q": ~seen.any(axis=1), "k": ~seen.any(axis=0), "v": ~seen.any(axis=0)}
    assert any(rows.any() for rows in hidden.values())
    for name, rows in hidden.items():
        tensors[name][rows] *= what
    wanted = softmax_attention(*head.tensors.values(), mask=seen).output
    found, plain = results(tensors, **mask), results(head.tensors, **mask)
    assert np.array_equal(found, plain) and distance(found, wanted).sqnr > 33


@pytest.mark.parametrize("mask", MASKS, ids=str)
@pytest.mark.parametrize("name", "qkv")
def test_what_is_seen_must_be_finite(mask, name):
    seen = full_mask(**mask)
    rows = np.flatnonzero(seen.any(axis=1) if name == "q" else seen.any(axis=0))
    for row in (rows[0], rows[-1]):
        tensors = {each: tensor.copy() for each, tensor in HEADS[0].tensors.items()}
        tensors[name][row, 5] = np.nan
        with pytest.raises(ValueError, match=f"tensor '{name}' of shape .* must hold finite numbers, not nan"):
            quantise_job(Config(), tensors, **mask)


def test_a_head_of_which_nothing_is_seen_is_all_zeros():
    tensors = {name: np.full((9, 4), np.nan) for name in "qkv"}
    assert not any(tensor.any() for tensor in visible(tensors, {"first_key": 5, "key_limit": 5}).values())
    assert not results(tensors, first_key=5, key_limit=5).any()


# Scores ---------------------------------------------------------------------------------------------------------------
def stretched(factor):
    """A head whose scores spread over ``factor`` octaves to either side."""
    rng = rng_of(3)
    k = np.linspace(-1, 1, 40)[:, np.newaxis]
    return {"q": np.array([[1.0], [-1.0], [0.5]]) * factor / np.log2(np.e), "k": k, "v": rng.normal(size=(40, 3))}


def test_scores_up_to_the_end_of_the_format_are_exact_softmax():
    config = Config(max_keys=40)
    tensors = stretched(510)
    job, operands, scales = quantise_job(config, tensors)
    assert saturated_scores(config, job, operands) == 0
    wanted = softmax_attention(*tensors.values()).output
    assert np.abs(model(config, job, operands)["z"] * scales["z"] - wanted).max() <= 2 * scales["z"]


def test_scores_that_clipping_brings_together_are_refused_and_a_lossy_core_counts_them():
    message = r"scores must be within 511\.984 octaves of 0 with score_bits 16 and score_fraction_bits 6, not up to 7"
    with pytest.raises(ValueError, match=message):
        quantise_job(Config(), stretched(700))
    lossy = Config(lossy=True)
    job, operands, _ = quantise_job(lossy, stretched(700))
    assert 0 < saturated_scores(lossy, job, operands) < 60


def test_scores_that_are_clipped_far_below_the_largest_of_their_row_are_taken():
    """A weight of nothing stays one of nothing."""
    config, tensors = Config(score_bits=12, score_fraction_bits=5), stretched(1)  # scores up to 64
    tensors["k"] = np.where(np.arange(40)[:, np.newaxis] == 7, 1.0, np.linspace(-1, -0.9, 40)[:, np.newaxis])
    tensors["q"] = np.full((1, 1), 63 / np.log2(np.e))
    tensors["q"] = np.concatenate([tensors["q"], tensors["q"] * 1.0])
    job, operands, scales = quantise_job(config, {**tensors, "q": tensors["q"] * 1.01})
    wanted = softmax_attention(*tensors.values()).output
    assert np.abs(model(config, job, operands)["z"] * scales["z"] - wanted).max() <= scales["z"]


# Range ----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("out_bits", [4, 6, 8])
def test_results_of_real_heads_and_layers_reach_the_largest_code(out_bits):
    """A scale that is twice too large would leave half of the codes unused."""
    config, rng = Config(out_bits=out_bits), rng_of(4)
    for head in HEADS:
        job, operands, _ = quantise_job(config, head.tensors)
        assert np.abs(model(config, job, operands)["z"]).max() == config.result.max
        assert all(np.abs(operands[name]).max() == config.operand.max for name in "qkv")
    layer = {"x": HEADS[0].value, "w": rng.normal(size=(64, 30)), "bias": rng.normal(size=30)}
    job, operands, _ = quantise_job(config, layer)
    assert np.abs(model(config, job, operands)["y"]).max() == config.result.max


@pytest.mark.parametrize("name", ["foo", "keys", "linear", "out_shift"])
def test_a_mask_that_is_none_is_refused(name):
    head = {each: np.ones((3, 4)) for each in "qkv"}
    with pytest.raises(InputError, match=f"a mask must be one of first_key, .*, not {name}"):
        quantise_job(Config(), head, **{name: 1})
