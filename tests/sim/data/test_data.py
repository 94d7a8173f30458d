"""The committed tensors are what their README says."""

import numpy as np
import pytest

from attnforge.sim.data import CHINA_PHOTO, DINOV2_HEADS, load_gemms, load_heads
from attnforge.sim.reference import softmax_attention


@pytest.mark.parametrize("photograph", DINOV2_HEADS)
def test_eighteen_heads_in_order(photograph):
    heads = load_heads(photograph)
    assert [(head.layer, head.head) for head in heads] == [(layer, head) for layer in (0, 5, 11) for head in range(6)]
    for head in heads:
        assert {name: tensor.shape for name, tensor in head.tensors.items()} == dict.fromkeys("qkv", (257, 64))
        assert all(tensor.dtype == np.float64 and np.isfinite(tensor).all() for tensor in head.tensors.values())


@pytest.mark.parametrize("photograph", DINOV2_HEADS)
def test_scores_are_those_of_a_trained_network(photograph):
    """Attention of a trained head is neither uniform nor a delta: a mix-up of tensors or of axes would show."""
    for head in load_heads(photograph):
        probability = softmax_attention(head.query, head.key, head.value).probability
        perplexity = np.exp(-(probability * np.log(probability + 1e-30)).sum(axis=1)).mean()
        assert 2 < perplexity < 250, (head.layer, head.head, perplexity)


def test_photographs_are_two():
    """Another photograph through the same network: no head is a copy, and all are of the same size."""
    for one, other in zip(load_heads("china"), load_heads("flower"), strict=True):
        for name, tensor in one.tensors.items():
            change = np.std(other.tensors[name] - tensor) / np.std(tensor)
            assert 0.1 < change < 3, (one.layer, one.head, name, change)


def test_another_archive(tmp_path):
    tensors = {name: np.full((2, 3, 4), value, np.float16) for value, name in enumerate(("q7", "k7", "v7"))}
    np.savez(tmp_path / "small.npz", **tensors)
    heads = load_heads(tmp_path / "small.npz")
    assert [(head.layer, head.head) for head in heads] == [(7, 0), (7, 1)]
    assert (heads[1].key == 1).all() and heads[1].value.shape == (3, 4)


def test_two_products_and_what_they_are():
    """The query projection's activations come out of a normalisation, those of fc2 out of a GELU."""
    q, fc2 = load_gemms()
    shapes = [(gemm.name, gemm.a.shape, gemm.w.shape) for gemm in (q, fc2)]
    assert shapes == [("q", (257, 384), (384, 384)), ("fc2", (257, 1536), (1536, 192))]
    assert all(tensor.dtype == np.float64 for gemm in (q, fc2) for tensor in gemm.tensors.values())
    assert -0.18 < fc2.a.min() < -0.16 and q.a.min() < -10


def test_queries_of_the_heads_are_the_product_but_for_a_bias():
    """Up to float16: the archives are of one network on one photograph."""
    product = load_gemms()[0].a @ load_gemms()[0].w
    queries = np.concatenate([head.query for head in load_heads() if head.layer == 5], axis=1)
    assert np.std(queries - product, axis=0).max() < 0.02 * np.std(queries)


def test_photograph_is_there():
    assert CHINA_PHOTO.is_file()
