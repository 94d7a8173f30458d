"""The integer model: what it promises about rounding, and how near it is to Taylor attention in floats."""

import dataclasses

import numpy as np
import pytest

from attnforge.hdl.vitality import PRESETS, Config, Job, model
from attnforge.hdl.vitality.job import job_fields, quantise_head
from attnforge.hdl.vitality.model import nonpositive_rows
from attnforge.sim.data import load_heads
from attnforge.sim.reference import distance, taylor_attention
from tests.vitality.cores import EXTREMES, extreme_jobs, jobs, random_config
from tests.vitality.exact import exact


def tensors(rng, tokens=50, head_dim=16, value_dim=12, **scales):
    """A head of floats; keys have an offset, as trained ones do."""
    shapes = {"q": (tokens, head_dim), "k": (tokens, head_dim), "v": (tokens, value_dim)}
    head = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    head["k"] += 2 * rng.normal(size=head_dim)
    return {name: head[name] * scales.get(name, 1) for name in head}


def to_reference(config, head):
    """Distance of the model's results from Taylor attention of the same integer operands, in LSBs of the results."""
    job, operands, scales = quantise_head(config, head)
    # The float reference's own sum of centred keys is what float64 leaves of zero; of huge scores that is too much.
    reference = taylor_attention(*(operands[name] * scales[name] for name in "qkv"), correction=False)
    result = model(config, job, operands)["z"]
    assert abs(result).max() <= config.result.max + 1
    return distance(result * scales["z"], reference.output, lsb=scales["z"])


# Against Taylor attention in float64 ----------------------------------------------------------------------------------
@pytest.mark.parametrize("key_sum", [True, False], ids=["with key sum", "constant denominator"])
def test_real_heads_are_within_one_lsb_of_taylor_attention(key_sum):
    """At most one LSB on 99.9 % of the outputs of all 18 heads, and two on all; the same integer operands."""
    found = [to_reference(Config(key_sum=key_sum, lossy=True), head.tensors) for head in load_heads()]
    within, worst = np.mean([d.within_one for d in found]), max(d.max_lsb for d in found)
    least = min(d.within_one for d in found)
    text = f"18 heads: {within:.4%} within one LSB (of the worst head {least:.4%}), largest difference {worst:.2f} LSB"
    assert len(found) == 18
    assert within >= 0.999 and worst <= 2, text
    assert least >= 0.999, text


def test_small_heads_on_the_icebreaker_are_within_one_lsb_of_taylor_attention():
    """This preset's widths, chosen for a small FPGA, keep the bound: on pieces of the 18 heads as large as it takes."""
    config = PRESETS["icebreaker"]
    tokens, head_dim = config.max_tokens, config.max_head_dim
    assert head_dim == config.max_value_dim
    pieces = [{name: tensor[t : t + tokens, f : f + head_dim] for name, tensor in head.tensors.items()}
              for head in load_heads() for t in range(0, 256, 2 * tokens) for f in range(0, 64, 2 * head_dim)]
    found = [to_reference(config, piece) for piece in pieces]
    assert len(found) == 144
    within, worst = np.mean([d.within_one for d in found]), max(d.max_lsb for d in found)
    assert within >= 0.999 and worst <= 2, f"{within:.4%} within one LSB, largest difference {worst:.2f} LSB"


@pytest.mark.parametrize(("bits", "mean_fraction_bits"), [(4, 8), (6, 6), (8, 4), (12, 4)])
@pytest.mark.parametrize("out_bits", [4, 8])
def test_other_widths_are_within_two_lsbs_of_taylor_attention(bits, mean_fraction_bits, out_bits):
    """As long as kbar has 12 bits: what its rounding leaves meets scores that grow as operands get coarser."""
    config = Config(bits=bits, mean_fraction_bits=mean_fraction_bits, out_bits=out_bits)
    found = [to_reference(config, head.tensors) for head in load_heads()[::4]]
    assert max(d.max_lsb for d in found) <= 2, [d.max_lsb for d in found]


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 64, 64), (2, 1, 3), (257, 1, 1), (3, 64, 1), (197, 64, 64)])
def test_any_shape_is_within_two_lsbs_of_taylor_attention(shape):
    assert to_reference(Config(), tensors(np.random.default_rng(7), *shape)).max_lsb <= 2


@pytest.mark.parametrize("scale", [1e-8, 1e-4, 1e-2, 1.0, 10.0])
def test_scores_of_any_usual_size_are_within_two_lsbs(scale):
    """From scores that are all alike to scores of several dozens."""
    assert to_reference(Config(), tensors(np.random.default_rng(8), q=scale)).max_lsb <= 2


@pytest.mark.parametrize("scale", [1e-300, 1e-30, 1e-6, 1e6, 1e30, 1e300])
def test_scale_of_the_values_is_the_scale_of_the_results(scale):
    """Nothing but the results' scale follows it, exactly: 2**k here, so that floats do not round."""
    power = 2.0 ** round(np.log2(scale))
    head = tensors(np.random.default_rng(9))
    job, operands, scales = quantise_head(Config(), head)
    other_job, other_operands, other_scales = quantise_head(Config(), head | {"v": head["v"] * power})
    assert other_job == job
    assert all((other_operands[name] == operands[name]).all() for name in "qkv")
    assert other_scales == scales | {"v": scales["v"] * power, "z": scales["z"] * power}


@pytest.mark.parametrize("scale", [1e-300, 1e-30, 1e30, 1e150])
def test_scores_of_any_size_fit_the_registers(scale):
    """Where one term of the two is nothing beside the other, its constants may be anything."""
    assert to_reference(Config(), tensors(np.random.default_rng(10), q=scale)).max_lsb <= 1


def test_scales_that_no_register_holds_are_refused():
    with pytest.raises(ValueError, match="too far apart for the core"):
        quantise_head(Config(), tensors(np.random.default_rng(10), q=1e300, k=1e300))


@pytest.mark.parametrize("name", ["q", "k", "v"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_tensors_that_are_not_finite_are_refused(name, value):
    head = tensors(np.random.default_rng(16))
    head[name][3, 2] = value
    with pytest.raises(ValueError, match="finite"):
        quantise_head(Config(), head)


# Special tensors ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("zeros", ["q", "k", "v", "qk", "qv", "kv", "qkv"])
@pytest.mark.parametrize("key_sum", [True, False])
def test_tensors_of_zeros(zeros, key_sum):
    """Without scores every result is the mean of the values; zero values give zeros."""
    head = tensors(np.random.default_rng(11), **dict.fromkeys(zeros, 0))
    job, operands, scales = quantise_head(Config(key_sum=key_sum, lossy=True), head)
    result = model(Config(key_sum=key_sum, lossy=True), job, operands)["z"] * scales["z"]
    assert all(scales[name] == 1.0 for name in zeros)
    if "v" in zeros:
        assert (result == 0).all()
    else:
        mean = (operands["v"] * scales["v"]).mean(axis=0)
        np.testing.assert_allclose(result, np.tile(mean, (50, 1)), atol=scales["z"])


def test_constant_keys_give_the_mean_of_the_values():
    head = tensors(np.random.default_rng(12)) | {"k": np.full((50, 16), -3.7)}
    job, operands, scales = quantise_head(Config(), head)
    result = model(Config(), job, operands)["z"]
    mean = operands["v"].mean(axis=0) * scales["v"] / scales["z"]
    assert (result == result[0]).all()
    np.testing.assert_allclose(result[0], mean, atol=1)


@pytest.mark.parametrize("q", [[0.0, 0.0], [1500.0, -1500.0]])
def test_keys_whose_sums_no_query_sees_may_be_of_any_size(q):
    """Q ksum^T is 0 in every row, and so its factor needs no register: the results are the mean of the values."""
    config = Config()
    head = {"q": np.array([q] * 3), "k": np.array([[2e4, 2e4], [0, 0], [0, 0]]), "v": np.array([[1.0], [2], [3]])}
    job, operands, scales = quantise_head(config, head)
    assert np.abs(model(config, job, operands)["z"] * scales["z"] - 2).max() <= 2 * scales["z"]


def test_one_token_gives_its_own_values():
    head = tensors(np.random.default_rng(13), tokens=1)
    job, operands, scales = quantise_head(Config(), head)
    np.testing.assert_allclose(model(Config(), job, operands)["z"] * scales["z"], head["v"], atol=1.5 * scales["z"])


# Against exact arithmetic ---------------------------------------------------------------------------------------------
def assert_exact(config, job, operands):
    z, nonpositive = exact(config, job, operands)
    np.testing.assert_array_equal(model(config, job, operands)["z"], z, err_msg=str((config, job)))
    assert nonpositive_rows(config, job, operands) == nonpositive


@pytest.mark.parametrize("seed", range(12))
def test_random_jobs_equal_exact_arithmetic(seed):
    """Random widths and registers, wild ones too: no product of the model overflows."""
    rng = np.random.default_rng(seed)
    config = random_config(rng, 3, 3, int(rng.integers(2, 17)), 8, seed % 4 != 3, most=9)
    for step in jobs(config, rng, 12, wild=0.5):
        assert_exact(config, step.job, step.operands)


@pytest.mark.parametrize("config", EXTREMES.values(), ids=EXTREMES)
def test_extreme_operands_equal_exact_arithmetic(config):
    for job, operands in extreme_jobs(config, np.random.default_rng(14)):
        assert_exact(config, job, operands)


# Denominators ---------------------------------------------------------------------------------------------------------
def test_rows_with_a_denominator_of_zero_or_less_are_zero():
    """K = (0, 0, 1) without fraction bits: mean 0, residue 1, so that q itself is the denominator here."""
    config = Config(max_tokens=3, max_head_dim=1, mean_fraction_bits=0, numerator_fraction_bits=8,
                    row_denominator=True, lossy=True)
    q, k, v = np.array([[-1], [0], [1]]), np.array([[0], [0], [1]]), np.array([[3], [3], [3]])
    job = Job(3, 1, 1, g_shift=0, value_multiplier=1, value_shift=config.value_shift_offset, denominator_base=0,
              key_sum_multiplier=1, key_sum_shift=0, factor_base=0)
    operands = {"q": q, "k": k, "v": v}
    # 9 = 1^T V and (256 q) * 3, with 8 fraction bits, over 1.
    assert model(config, job, operands)["z"].ravel().tolist() == [0, 0, 127]
    assert nonpositive_rows(config, job, operands) == 2
    assert nonpositive_rows(config, dataclasses.replace(job, denominator_base=1), operands) == 1
    assert nonpositive_rows(config, dataclasses.replace(job, denominator_base=2), operands) == 0


def test_a_constant_denominator_of_zero_gives_zeros():
    config = Config(key_sum=False, lossy=True)
    job, operands, _ = quantise_head(config, tensors(np.random.default_rng(15)))
    job = dataclasses.replace(job, denominator_base=0)
    assert (model(config, job, operands)["z"] == 0).all()
    assert nonpositive_rows(config, job, operands) == 50


# Registers ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("row_denominator", [False, True])
def test_job_constants_are_what_their_description_says(seed, row_denominator):
    config = Config(row_denominator=row_denominator, lossy=row_denominator)
    rng = np.random.default_rng(seed)
    job, operands, scales = quantise_head(config, tensors(rng, q=10.0 ** rng.uniform(-3, 2)))
    alpha = scales["q"] * scales["k"] / 2**config.mean_fraction_bits
    unit = 2.0 ** (config.numerator_fraction_bits - job.g_shift)
    ratio = scales["z"] / scales["v"]
    found = job.value_multiplier * 2.0 ** (config.value_shift_offset - job.value_shift)
    exponent = 0 if row_denominator else config.factor_fraction_bits - np.log2(job.factor_base)
    assert found == pytest.approx(16**0.5 * unit / alpha * 2.0**exponent, rel=2.0**-config.multiplier_bits)
    assert job.denominator_base == pytest.approx(50 * 16**0.5 * unit * ratio / alpha, abs=0.5)
    found = job.key_sum_multiplier / 2.0**job.key_sum_shift
    if row_denominator:
        assert found == pytest.approx(unit * ratio, rel=2.0**-config.multiplier_bits)
        assert job.denominator_base <= 0.75 * 2**config.denominator_bits + 1
    else:
        expected = job.factor_base * alpha / (50 * 16**0.5)
        assert found * 2**config.factor_offset == pytest.approx(expected, rel=2.0**-config.multiplier_bits)
        assert config.least_denominator <= job.denominator_base < 1 << config.denominator_bits
    assert job.value_multiplier >= 1 << config.multiplier_bits - 1  # all bits in use
    assert all(field.low <= getattr(job, field.name) <= field.high for field in job_fields(config))


def test_g_uses_its_width_and_does_not_saturate():
    """The largest element of G, rounded, is within the format; with one shift less, it or the denominator is not."""
    for head in load_heads():
        job, operands, _ = quantise_head(Config(), head.tensors)
        k, v = operands["k"], operands["v"]
        peak = abs((k - np.floor(k.sum(axis=0) / len(k) + 0.5).astype(int)).T @ v).max()
        assert np.floor(peak / 2.0**job.g_shift + 0.5) <= 2047
        larger = np.floor(peak / 2.0 ** (job.g_shift - 1) + 0.5)
        assert larger > 2047 or 2 * job.denominator_base + 1 > Config().denominator_limit
