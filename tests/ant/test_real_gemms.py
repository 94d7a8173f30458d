"""Layers of a vision transformer on the board's core: every result equals the model, every job takes perf's cycles."""

import numpy as np
import pytest

from attnforge.hdl.ant import DESIGN, PRESETS
from attnforge.hdl.ant.lowering import join, split
from attnforge.hdl.ant.perf import job_ends
from attnforge.hdl.ant.quantise import quantise_gemm
from attnforge.sim.bench.run import Plan, run_plans
from attnforge.sim.bench.steps import Run
from attnforge.sim.data import load_gemms
from tests.ant.cores import check, ends

CONFIG = PRESETS["ulx3s_85f"]


def layer(name, tokens=None, channels=None):
    """Activations and weights of layer 5, DINOv2 ViT-S/14 on a photograph."""
    (gemm,) = (each for each in load_gemms() if each.name == name)
    return {"a": gemm.a[:tokens], "w": gemm.w[:, :channels]}


def run(tensors, **options):
    """One layer, split into jobs, back to back; the cycles it took."""
    job, operands, _ = quantise_gemm(CONFIG, tensors, whole=True, **options)
    parts = split(CONFIG, job, operands)
    (result,) = run_plans(DESIGN, CONFIG, [Plan([Run(*part) for part in parts], counters=False)])
    check(result)
    found = join([part.outputs for part in result.jobs])["c"]
    assert np.array_equal(found, DESIGN.model(CONFIG, job, operands)["c"])
    starts = [part.start for part in result.jobs]
    assert ends(result) == job_ends(CONFIG, [part.job for part in result.jobs], starts)
    return ends(result)[-1] - starts[0]


@pytest.mark.parametrize("bits, result_bits", [(4, 4), (8, 8), (4, 32)])
def test_a_slice_of_a_layer(bits, result_bits):
    run(layer("q", tokens=40, channels=80), bits=bits, result_bits=result_bits)


@pytest.mark.slow
@pytest.mark.parametrize("bits, result_bits", [(4, 4), (8, 8)])
@pytest.mark.parametrize("name, products", [("q", 257 * 384 * 384), ("fc2", 257 * 1536 * 192)])
def test_whole_layers(name, products, bits, result_bits):
    cycles = run(layer(name), bits=bits, result_bits=result_bits)
    useful = products * (bits // 4) ** 2 / (CONFIG.rows * CONFIG.columns)
    padding = 272 / 257 if bits == 4 else 264 / 257
    assert useful * padding < cycles < useful * padding * 1.03
