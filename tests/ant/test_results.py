"""From a sum to a code: every type of results at every width of wide ones, model and gates against exact fractions."""

import numpy as np
import pytest

from attnforge.hdl.ant import DESIGN, Config, model
from attnforge.hdl.ant.config import RANGES
from attnforge.hdl.ant.quantise import quantise_gemm
from attnforge.hdl.ant.scale import ScaleLane
from attnforge.hdl.numeric import Int
from attnforge.sim.data import load_gemms
from tests.ant.cores import rng_of
from tests.ant.exact import exact
from tests.parts.pysim import trace

WIDTHS = next(range(low, high + 1) for name, low, high in RANGES if name == "wide_bits")
SIZES = {"rows": 2, "columns": 2, "max_m": 1, "max_k": 1, "max_n": 4096, "beat_bytes": 8}


def all_types(wide_bits, **fields):
    return Config(wide_bits=wide_bits, **{"pot": True, "minifloat": True} | SIZES | fields)


def halves_around(config, form, rng, count):
    """Half steps: both ends of the type and beyond, around midpoints of its grid, and anywhere."""
    ends = np.add.outer([2 * form.min, 2 * form.max], np.arange(-3, 4)).ravel()
    if form.bits <= 8:
        middles = rng.choice(form.grid[:-1] + form.grid[1:], count)
    else:
        middles = rng.integers(2 * form.min, 2 * form.max, count)
    values = np.concatenate([ends, middles + rng.integers(-1, 2, count), rng.integers(-600, 600, count)])
    limit = config.channel_scale.bias.max
    return np.unique(np.clip(values, -limit, limit))


def job_of(config, o_type, halves):
    """A product of zeros: each column's result is its bias over 2; two more are as far out as parameters go."""
    most = (1 << config.multiplier_bits) - 1
    parameters = [[1, 1, half] for half in halves] + [[most, 0, end * config.channel_scale.bias.max] for end in (-1, 1)]
    parameters, columns = np.array(parameters), len(parameters)
    operands = {"a": np.zeros((1, 1), int), "w": np.zeros((1, columns), int)}
    return DESIGN.Job(1, 1, columns, 0, 0, o_type), operands | {"parameters": parameters}


@pytest.mark.parametrize("wide_bits", WIDTHS)
def test_model_gives_the_nearest_value_of_every_type_up_to_its_ends(wide_bits):
    config, rng = all_types(wide_bits), rng_of(wide_bits)
    for o_type, form in enumerate(config.results):
        job, operands = job_of(config, o_type, halves_around(config, form, rng, 40))
        found = model(config, job, operands)["c"]
        assert np.array_equal(found, exact(config, job, operands)), form.name
        values = found if isinstance(form, Int) else form.value(found)
        assert (values.min(), values.max()) == (form.min, form.max), form.name


@pytest.mark.parametrize("wide_bits, fields", [
    (8, {}), (8, {"pot": False, "minifloat": False}), (8, {"unsigned": False}), (15, {}), (32, {}),
], ids=str)
def test_gates_give_what_the_model_gives_up_to_the_ends_of_every_type(wide_bits, fields):
    config, rng = all_types(wide_bits, **fields), rng_of(wide_bits)
    for o_type, form in enumerate(config.results):
        job, operands = job_of(config, o_type, halves_around(config, form, rng, 12))
        lane = ScaleLane(config)
        rows = [{"o_type": o_type}] + [
            {"o_type": o_type, "sum": 0,
             "parameters": {"multiplier": int(multiplier), "shift": int(shift), "bias": int(bias)}}
            for multiplier, shift, bias in operands["parameters"]
        ]  # fmt: skip
        rows += [{"o_type": o_type}] * lane.latency
        codes = np.array(trace(lane, rows, ["code"])["code"][1 + lane.latency :]) & (1 << form.bits) - 1
        wanted = model(config, job, operands)["c"].ravel() & (1 << form.bits) - 1
        assert np.array_equal(codes, wanted), form.name


@pytest.mark.parametrize("bits, result_bits", [(4, 4), (4, 8), (8, 8), (8, 16)])
@pytest.mark.parametrize("relu", [False, True], ids=["signed", "relu"])
@pytest.mark.parametrize("layer", ["q", "fc2"])
def test_results_of_real_layers_reach_both_ends_of_their_type(layer, relu, bits, result_bits):
    """A scale that is twice too large would leave half of the type unused."""
    config = Config(max_k=1536, wide_bits=16)
    gemm = next(gemm for gemm in load_gemms() if gemm.name == layer)
    tensors = {"a": gemm.a[:40], "w": gemm.w[:, :48]}
    relu = relu and result_bits < 16  # wide results are signed
    percents = [100] if result_bits < 16 else None
    job, operands, _ = quantise_gemm(config, tensors, bits=bits, result_bits=result_bits, relu=relu, percents=percents)
    form, found = config.results[job.o_type], model(config, job, operands)["c"]
    values = found if isinstance(form, Int) else form.value(found)
    assert np.abs(values).max() == form.max and (form.signed or values.min() == 0)
