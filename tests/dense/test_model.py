"""The integer model against exact arithmetic, and by hand; how near it is to softmax is in test_softmax.py."""

import dataclasses

import numpy as np
import pytest

from attnforge.hdl.dense.config import PRESETS, Config
from attnforge.hdl.dense.job import Job
from attnforge.hdl.dense.model import exponentials, masked_rows, model, scores
from attnforge.hdl.dense.quantise import quantise_job
from tests.dense.cores import jobs, random_config, rng_of
from tests.dense.exact import exact, power

ONE = Config(rows=1, columns=1, max_queries=8, max_keys=8, max_head_dim=4, max_value_dim=4, max_depth=4, max_channels=4,
             beat_bytes=4)


def head(q, k, v, **fields):
    """A job of these integers, with unit scales: a score of 1 is a factor of 2, results are the means of the values."""
    q, k, v = (np.atleast_2d(tensor) for tensor in (q, k, v))
    job = Job(queries=len(q), keys=len(k), head_dim=q.shape[1], value_dim=v.shape[1], key_limit=len(k),
              score_multiplier=1 << ONE.score_fraction_bits, out_multiplier=1 << 15, out_shift=15)
    return dataclasses.replace(job, **fields), {"q": q, "k": k, "v": v}


def column(*values):
    return np.array(values)[:, np.newaxis]


# Against exact arithmetic ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("linear", [0, 1], ids=["heads", "linear layers"])
@pytest.mark.parametrize("seed", range(12))
def test_random_jobs_equal_exact_arithmetic(seed, linear):
    """Random widths and registers, wild ones too: no product of the model overflows."""
    rng = rng_of(seed)
    config = random_config(rng, 3, 8, most=9)
    for step in jobs(config, rng, 8, wild=0.5, linear=linear):
        name = "y" if linear else "z"
        np.testing.assert_array_equal(model(config, step.job, step.operands)[name],
                                      exact(config, step.job, step.operands), err_msg=str((config, step.job)))


@pytest.mark.parametrize("extreme", ["min", "max"])
@pytest.mark.parametrize("widths", [{"bits": 4, "out_bits": 4, "score_bits": 8, "score_fraction_bits": 2,
                                     "probability_bits": 4, "multiplier_bits": 8, "lossy": True}, {},
                                    {"score_bits": 18, "score_fraction_bits": 8, "probability_bits": 17,
                                     "multiplier_bits": 17}], ids=["narrowest", "default", "widest"])
def test_the_ends_of_all_operands_and_registers_equal_exact_arithmetic(widths, extreme):
    config = Config(rows=1, columns=1, max_keys=16384, max_head_dim=512, max_value_dim=1, max_depth=8192,
                    max_channels=1, **widths)
    value = getattr(config.operand, extreme)
    most = (1 << config.multiplier_bits) - 1
    for multiplier, shift in ((most, 0), (most, 63), (1, 0), (0, 0)):
        job = Job(queries=2, keys=40, head_dim=512, value_dim=1, key_limit=40, score_multiplier=multiplier,
                  score_shift=shift, out_multiplier=multiplier, out_shift=shift)
        operands = {"q": np.full((2, 512), value), "k": np.full((40, 512), value), "v": np.full((40, 1), value)}
        operands["q"][1] = config.operand.max
        np.testing.assert_array_equal(model(config, job, operands)["z"], exact(config, job, operands))
        bias = -(1 << config.channel_scale.bias_bits - 1)
        linear = Job(queries=1, linear=1, depth=8192, channels=1)
        operands = {"parameters": np.array([[multiplier, shift, bias]]), "w": np.full((8192, 1), value),
                    "x": np.full((1, 8192), value)}
        np.testing.assert_array_equal(model(config, linear, operands)["y"], exact(config, linear, operands))


def test_the_sums_of_the_longest_head_are_exact():
    """16,384 keys, all of full weight and of least value: the widest sum of all, and products within int64."""
    config = Config(max_keys=16384, probability_bits=17, multiplier_bits=17)
    job = Job(queries=1, keys=16384, head_dim=1, value_dim=1, key_limit=16384, out_multiplier=1 << 16, out_shift=16)
    operands = {"q": np.zeros((1, 1), int), "k": np.zeros((16384, 1), int), "v": np.full((16384, 1), -128)}
    assert model(config, job, operands)["z"].tolist() == [[-128]]


# The exponential ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("fraction", [2, 5, 8])
@pytest.mark.parametrize("bits", [4, 12, 16])
def test_every_distance_gives_the_nearest_value_of_the_table_moved(fraction, bits):
    config = Config(probability_bits=bits, score_fraction_bits=fraction, score_bits=16, lossy=True)
    unit = 1 << fraction
    distances = np.arange(unit * (bits + 4))
    found = exponentials(config, -distances[np.newaxis])[0]
    table = np.array([power(config, step) for step in range(unit)])
    np.testing.assert_array_equal(found[:unit], table)
    np.testing.assert_array_equal(found, np.floor(np.tile(table, bits + 4) / 2.0 ** (distances // unit) + 0.5))
    assert found[0] == 2**bits - 1 and not found[unit * (bits + 1) :].any()


@pytest.mark.parametrize("config", PRESETS.values(), ids=PRESETS)
def test_an_exponential_is_within_three_quarters_of_an_lsb_of_the_function(config):
    """One rounding of the table, up to half an LSB, which the shift makes smaller, and one of the shift."""
    distances = np.arange(1 << config.score_fraction_bits + 4)
    wanted = ((1 << config.probability_bits) - 1) * 2.0 ** -(distances / (1 << config.score_fraction_bits))
    error = np.abs(exponentials(config, -distances[np.newaxis])[0] - wanted)
    assert error.max() <= 0.75 + 1e-9


def test_more_keys_of_the_same_score_change_no_other_weight():
    found = exponentials(ONE, np.array([[0, -64, -128, 0, 0, -64]]))[0]
    assert found.tolist() == [4095, 2048, 1024, 4095, 4095, 2048]


# Corners --------------------------------------------------------------------------------------------------------------
def test_equal_scores_give_the_mean_of_the_values():
    job, operands = head(column(5, -7), column(3, 3, 3, 3), [[10, -1], [20, -2], [30, -3], [41, -4]])
    assert model(ONE, job, operands)["z"].tolist() == [[25, -2], [25, -2]]  # 25.25, and -2.5 goes up


def test_a_score_far_above_the_rest_gives_its_value_alone():
    job, operands = head(column(1, -1), column(100, 0, -100), column(7, 50, -9))
    assert model(ONE, job, operands)["z"].ravel().tolist() == [7, -9]


def test_a_row_of_weights_by_hand():
    """Scores 0, 1 and 2: weights 1/4, 1/2 and 1 of 4095, rounded: 1024, 2048, 4095 of 7167."""
    job, operands = head(column(1), column(0, 1, 2), column(100, 50, -20))
    assert round((1024 * 100 + 2048 * 50 - 4095 * 20) / 7167) == 17
    assert model(ONE, job, operands)["z"].tolist() == [[17]]


def test_one_query_and_one_key_give_the_value():
    job, operands = head([[3, -4]], [[-128, 127]], [[-128, 127, 5]])
    assert model(ONE, job, operands)["z"].tolist() == [[-128, 127, 5]]


def test_scores_beyond_the_format_saturate_and_stay_apart_from_masked_ones():
    """A key of the lowest score has its weight where no other is above it; a masked one never."""
    job, operands = head(column(127), column(-128, -127), column(40, 90), score_multiplier=65535)
    assert scores(ONE, job, operands).tolist() == [[ONE.score.min + 1] * 2]
    assert model(ONE, job, operands)["z"].tolist() == [[65]]
    assert model(ONE, dataclasses.replace(job, first_key=1), operands)["z"].tolist() == [[90]]


# Masks ----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("fields, wanted", [
    ({}, [30, 30, 30]),
    ({"first_key": 2}, [40, 40, 40]),
    ({"key_limit": 3}, [20, 20, 20]),
    ({"key_limit": 8}, [30, 30, 30]),
    ({"first_key": 1, "key_limit": 2}, [20, 20, 20]),
    ({"causal": 1}, [10, 15, 20]),
    ({"causal": 1, "causal_offset": 2}, [20, 25, 30]),
    ({"causal": 1, "causal_offset": 8}, [30, 30, 30]),
    ({"causal_offset": 1}, [30, 30, 30]),
    ({"causal": 1, "first_key": 1}, [0, 20, 25]),
    ({"causal": 1, "causal_offset": 1, "key_limit": 2}, [15, 15, 15]),
])
def test_a_mask_leaves_the_mean_of_the_keys_that_a_query_sees(fields, wanted):
    """Values 10, 20, 30, 40, 50 of equal scores, three queries."""
    job, operands = head(column(0, 0, 0), column(0, 0, 0, 0, 0), column(10, 20, 30, 40, 50), **fields)
    assert model(ONE, job, operands)["z"].ravel().tolist() == wanted
    assert masked_rows(ONE, job) == wanted.count(0)


@pytest.mark.parametrize("fields, rows", [
    ({"first_key": 5}, 3), ({"key_limit": 0}, 3), ({"first_key": 3, "key_limit": 3}, 3),
    ({"first_key": 8, "key_limit": 8}, 3), ({"causal": 1, "first_key": 2}, 2), ({"causal": 1, "first_key": 4}, 3),
])
def test_rows_that_see_no_key_are_zero_and_counted(fields, rows):
    job, operands = head(column(1, 2, 3), column(1, 2, 3, 4, 5), column(50, 50, 50, 50, 50), **fields)
    result = model(ONE, job, operands)["z"].ravel()
    assert masked_rows(ONE, job) == rows == np.sum(result == 0)


def test_a_linear_layer_masks_nothing():
    job = Job(queries=3, linear=1, key_limit=0, causal=1, depth=1, channels=1)
    assert masked_rows(ONE, job) == 0


# Linear layers --------------------------------------------------------------------------------------------------------
def test_a_linear_layer_by_hand():
    """(1, 2) (10, -30) (3, 4)^T + b, times 3 / 4; ties upwards."""
    job = Job(queries=1, linear=1, depth=2, channels=3)
    operands = {"x": np.array([[1, 2]]), "w": np.array([[10, -30, 3], [3, 4, 1]]),
                "parameters": np.array([[3, 2, 2], [3, 2, 0], [1, 0, -300]])}
    # 18 * 3 / 4 = 13.5; -22 * 3 / 4 = -16.5; 5 - 300, saturated.
    assert model(ONE, job, operands)["y"].tolist() == [[14, -16, -128]]


def test_bits_of_parameters_that_the_core_does_not_have_are_not_read():
    job = Job(queries=1, linear=1, depth=1, channels=1)
    operands = {"x": np.array([[1]]), "w": np.array([[5]])}
    above = [[1 + (1 << ONE.multiplier_bits), 0 + 64, -2 + (1 << ONE.channel_scale.bias_bits)]]
    assert model(ONE, job, operands | {"parameters": np.array(above)})["y"].tolist() == [[3]]


@pytest.mark.parametrize("seed", range(6))
def test_the_scale_of_a_row_is_as_exact_as_its_multiplier(seed):
    """Sums of one exponential up to the most: the mean of equal values is the value, within the multiplier's bits."""
    config = Config(max_keys=16384)
    rng = rng_of(seed)
    for keys in (1, 2, 3, 1000, 16384, int(rng.integers(1, 16384))):
        value = int(rng.integers(-128, 128))
        job = Job(queries=1, keys=keys, head_dim=1, value_dim=1, key_limit=keys, out_multiplier=1 << 15, out_shift=15)
        operands = {"q": np.ones((1, 1), int), "k": np.zeros((keys, 1), int), "v": np.full((keys, 1), value)}
        assert model(config, job, operands)["z"].tolist() == [[value]], keys


def test_results_of_floats_are_those_of_the_registers_that_came_with_them():
    rng = rng_of(7)
    tensors = {"q": rng.normal(size=(5, 8)), "k": rng.normal(size=(9, 8)), "v": rng.normal(size=(9, 3))}
    job, operands, scales = quantise_job(Config(), tensors)
    assert (job.queries, job.keys, job.head_dim, job.value_dim, job.key_limit) == (5, 9, 8, 3, 9)
    assert np.abs(model(Config(), job, operands)["z"]).max() == 127 and set(scales) == set("qkvz")
