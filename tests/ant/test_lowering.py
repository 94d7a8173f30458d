"""Layers as jobs: a convolution by im2col is the convolution, a split product is the product."""

import numpy as np
import pytest

from attnforge.hdl.ant import PRESETS, Config, Job, model
from attnforge.hdl.ant.lowering import gemm_jobs, im2col, join, split, weight_matrix
from attnforge.hdl.ant.quantise import quantise_gemm
from tests.ant.cores import rng_of


def convolution(images, weights, stride, padding):
    """By its definition, pixel by pixel."""
    batch, _, height, width = images.shape
    out, channels, kh, kw = weights.shape
    rows, columns = ((side + 2 * padding - size) // stride + 1 for side, size in ((height, kh), (width, kw)))
    result = np.zeros((batch, out, rows, columns))
    for b, o, y, x in np.ndindex(*result.shape):
        for c, dy, dx in np.ndindex(channels, kh, kw):
            row, column = y * stride + dy - padding, x * stride + dx - padding
            if 0 <= row < height and 0 <= column < width:
                result[b, o, y, x] += images[b, c, row, column] * weights[o, c, dy, dx]
    return result


@pytest.mark.parametrize("stride, padding, kernel", [(1, 0, (1, 1)), (1, 1, (3, 3)), (2, 3, (7, 7)), (2, 0, (2, 3))])
def test_a_convolution_is_a_product(stride, padding, kernel):
    rng = rng_of(stride, padding)
    images, weights = rng.integers(-8, 8, (2, 3, 9, 8)), rng.integers(-8, 8, (4, 3, *kernel))
    wanted = convolution(images, weights, stride, padding)
    found = im2col(images, kernel, stride=stride, padding=padding) @ weight_matrix(weights)
    assert np.array_equal(found.reshape(2, *wanted.shape[2:], 4).transpose(0, 3, 1, 2), wanted)


def test_a_kernel_larger_than_the_image_is_refused():
    with pytest.raises(ValueError, match=r"a kernel of \(5, 3\) is larger than the padded image of \(4, 4\)"):
        im2col(np.zeros((1, 1, 2, 2)), (5, 3), padding=1)


def test_a_split_product_is_the_product():
    config = PRESETS["tiny"]
    rng = rng_of(0)
    tensors = {"a": rng.normal(size=(7, 20)), "w": rng.normal(size=(20, 33)), "bias": rng.normal(size=33)}
    job, operands, _ = quantise_gemm(config, tensors, whole=True)
    parts = split(config, job, operands)
    assert [part.n for part, _ in parts] == [10, 10, 10, 3]
    whole = model(config, job, operands)["c"]
    assert np.array_equal(join([model(config, *part) for part in parts])["c"], whole)


def test_what_can_not_be_split_is_refused():
    config = PRESETS["tiny"]
    for shape, message in (((2, 25), "k is at most 24, not 25"), ((64, 2), "m is at most 63, not 64")):
        with pytest.raises(ValueError, match=message):
            split(config, Job(*shape, 2, 0, 0, 0), {"a": np.ones(shape), "w": np.ones((shape[1], 2))})


@pytest.mark.parametrize("config, widths", [(PRESETS["tiny"], (4, 8)), (Config(max_n=10, eight_bits=False), (4,))])
def test_jobs_of_a_shape_are_those_of_a_split_product(config, widths):
    """But for types, which cost no cycles: 4 bits and 8, results as wide as operands."""
    found = gemm_jobs(config, 7, 20, 33)
    assert list(found) == [f"{bits} bits" for bits in widths]
    for bits in widths:
        tensors = {"a": rng_of(1).normal(size=(7, 20)), "w": rng_of(2).normal(size=(20, 33))}
        parts = [job for job, _ in split(config, *quantise_gemm(config, tensors, bits=bits, whole=True)[:2])]
        assert [(job.m, job.k, job.n) for job in found[f"{bits} bits"]] == [(job.m, job.k, job.n) for job in parts]
        for job in found[f"{bits} bits"]:
            forms = config.activations[job.a_type], config.weights[job.w_type], config.results[job.o_type]
            assert [form.bits for form in forms] == [bits] * 3
