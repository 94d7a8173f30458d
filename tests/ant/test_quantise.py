"""From floats to jobs: the types that fit, results near the float product, refusals."""

import numpy as np
import pytest

from attnforge.hdl.ant import PRESETS, Config, model
from attnforge.hdl.ant.quantise import channel_kinds, quantise_gemm
from tests.ant.cores import rng_of

CONFIG = PRESETS["tiny"]
SPREADS = {"int": lambda rng, shape: rng.uniform(-1, 1, shape), "flint": lambda rng, shape: rng.laplace(size=shape),
           "pot": lambda rng, shape: np.exp(rng.normal(0, 2, shape)) * rng.choice([-1, 1], shape)}


def float_result(config, job, operands, scales):
    form = config.results[job.o_type]
    return form.value(model(config, job, operands)["c"]) * scales["c"]


@pytest.mark.parametrize("kind", SPREADS)
def test_the_type_follows_the_spread_of_the_values(kind):
    rng = rng_of(1)
    tensors = {"a": SPREADS[kind](rng, (60, 24)), "w": SPREADS[kind](rng, (24, 10))}
    job, _, _ = quantise_gemm(CONFIG, tensors)
    assert CONFIG.activations[job.a_type].kind == kind


def test_types_are_those_that_are_asked_for():
    rng = rng_of(3)
    tensors = {"a": SPREADS["pot"](rng, (60, 24)), "w": SPREADS["int"](rng, (24, 10))}
    for options, kinds in (({}, "pot int flint"), ({"kinds": ("int",)}, "int int int"),
                           ({"kinds": ("flint", "int"), "weight_kinds": ("flint",)}, "flint flint flint"),
                           ({"bits": 8, "weight_bits": 4, "weight_kinds": ("pot",)}, "int pot int")):  # fmt: skip
        job, _, _ = quantise_gemm(CONFIG, tensors, **options)
        forms = CONFIG.activations[job.a_type], CONFIG.weights[job.w_type], CONFIG.results[job.o_type]
        assert " ".join(form.kind for form in forms) == kinds
        bits = options.get("bits", 4)
        assert [form.bits for form in forms] == [bits, options.get("weight_bits", bits), bits]


def test_the_scale_keeps_to_the_percentages_that_are_asked_for():
    tensors = {"a": np.array([[7.0, 1.0, 0.1]] * 5), "w": np.ones((3, 2))}
    for percent in (60, 100, 140):
        _, _, scales = quantise_gemm(CONFIG, tensors, kinds=("int",), percents=[percent])
        assert scales["a"] == pytest.approx(7 * percent / 100 / 15) and scales["w"] == pytest.approx(percent / 100 / 7)


def test_columns_by_the_type_that_suits_them():
    """Columns that hold the values of a type, and no others."""
    forms = {form.kind: form for form in CONFIG.weights if form.bits == 4}
    kinds = ["pot", "int", "flint", "int", "pot", "int"]
    w = np.stack([np.resize(forms[kind].grid, 40) for kind in kinds], axis=1)
    found = {kind: columns.tolist() for kind, columns in channel_kinds(CONFIG, w).items()}
    assert found == {"int": [1, 3, 5], "flint": [2], "pot": [0, 4]}
    assert list(channel_kinds(CONFIG, w[:, [1, 3]])) == ["int"]


@pytest.mark.parametrize("bits, result_bits, error", [(4, 4, 0.3), (4, 8, 0.25), (8, 8, 0.02), (8, 32, 0.015)])
def test_results_are_near_the_float_product_with_its_bias(bits, result_bits, error):
    rng = rng_of(bits)
    tensors = {"a": rng.normal(size=(60, 24)), "w": rng.normal(size=(24, 10)) * np.logspace(-2, 2, 10)[::-1],
               "bias": rng.normal(size=10)}
    tensors["w"] /= np.abs(tensors["w"]).max()
    wanted = tensors["a"] @ tensors["w"] + tensors["bias"]
    found = float_result(CONFIG, *quantise_gemm(CONFIG, tensors, bits=bits, result_bits=result_bits))
    assert np.sqrt(np.mean((found - wanted) ** 2) / np.mean(wanted**2)) < error


def test_relu_is_an_unsigned_result():
    rng = rng_of(2)
    tensors = {"a": np.abs(rng.normal(size=(20, 8))), "w": rng.normal(size=(8, 6))}
    job, operands, scales = quantise_gemm(CONFIG, tensors, bits=8, relu=True)
    assert not CONFIG.activations[job.a_type].signed and not CONFIG.results[job.o_type].signed
    found = float_result(CONFIG, job, operands, scales)
    assert found.min() == 0 and np.abs(found - np.maximum(tensors["a"] @ tensors["w"], 0)).max() < 0.05


def test_zeros_stay_zeros():
    found = quantise_gemm(CONFIG, {"a": np.zeros((3, 4)), "w": np.zeros((4, 2))}, result_bits=32)
    assert not float_result(CONFIG, *found).any()


@pytest.mark.parametrize("tensors, options, message", [
    ({"a": np.ones((2, 3)), "w": np.ones((3, 3))}, {"bits": 8}, "the core has no unsigned type of 8 bits here"),
    ({"a": np.ones((2, 3)), "w": np.ones((3, 3))}, {"result_bits": 5}, "the core has no signed type of 5 bits here"),
    ({"a": np.ones((2, 3)), "w": np.ones((3, 3))}, {"kinds": ("pot",)}, "the core has no unsigned pot of 4 bits here"),
])
def test_what_the_core_does_not_have_is_refused(tensors, options, message):
    with pytest.raises(ValueError, match=message):
        quantise_gemm(Config(eight_bits=False), tensors, **options)
