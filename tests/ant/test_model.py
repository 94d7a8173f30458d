"""The model against products in exact fractions, and against the float reference on real layers."""

import numpy as np
import pytest

from attnforge.hdl.ant import DESIGN, PRESETS, Config, model
from attnforge.hdl.ant.quantise import quantise_gemm
from attnforge.hdl.numeric import Int
from attnforge.sim.data import load_gemms
from attnforge.sim.reference.gemm import quantised_product
from tests.ant.cores import jobs, rng_of
from tests.ant.exact import exact
from tests.numeric.tables import table

CONFIG = PRESETS["tiny"]


def test_model_is_exact_arithmetic_rounded_once():
    """Jobs whose parameters fit: products, sums and scales in fractions, ties to the larger value."""
    steps = [step for seed in range(120) for step in jobs(CONFIG, rng_of(seed), 1, wild=0.0, m=3, n=3)]
    for step in steps:
        assert np.array_equal(model(CONFIG, step.job, step.operands)["c"], exact(CONFIG, step.job, step.operands))
    assert {step.job.o_type for step in steps} == set(range(len(CONFIG.results)))


def test_ties_go_to_the_larger_value():
    config = Config(rows=1, columns=1, eight_bits=False, beat_bytes=4)
    operands = {"a": np.array([[3, 5, -3, -5, 1, -1]]).T, "w": np.array([[1]]), "parameters": np.array([[1, 1, 0]])}
    job = DESIGN.Job(6, 1, 1, 0, 0, len(config.results) - 1)
    assert model(config, job, operands)["c"].ravel().tolist() == [2, 3, -1, -2, 1, 0]


def layers():
    """The committed layers of a vision transformer."""
    return {gemm.name: gemm.tensors for gemm in load_gemms()}


@pytest.mark.parametrize("result_bits", [4, 8, 32])
@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("layer", ["q", "fc2"])
def test_real_layers_are_within_one_step_of_the_reference(layer, bits, result_bits):
    """Contract 3, check 2: from the same integers; no result is off by two steps of its type's grid."""
    config = PRESETS["ulx3s_85f"]
    job, operands, scales = quantise_gemm(config, layers()[layer], bits=bits, result_bits=result_bits, whole=True)
    a, w, c = config.activations[job.a_type], config.weights[job.w_type], config.results[job.o_type]
    grid = np.array(sorted(set(table(c)))) if c.bits <= 8 else np.arange(-(2**16), 2**16)
    a_values, w_values = (
        np.array(table(form))[operands[name] & (1 << form.bits) - 1] for form, name in ((a, "a"), (w, "w"))
    )
    steps_of = {"a_scale": scales["a"], "w_scales": scales["w"], "result_scale": scales["c"]}
    wanted = quantised_product(a_values, w_values, grid=grid, **steps_of)
    found = model(config, job, operands)["c"]
    found = found if isinstance(c, Int) else np.array(table(c))[found]
    steps = np.abs(np.searchsorted(grid, found) - np.searchsorted(grid, wanted))
    assert steps.max() <= 1
    assert np.mean(steps > 0) < (0.04 if c.bits > 8 else 0.0002)
