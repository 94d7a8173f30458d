"""The named workloads hold what their papers say."""

import io

import pytest
from rich.console import Console

from attnforge.sim.workloads.attention import (
    ATTENTION,
    WORKLOADS,
    Head,
    Layer,
    Workload,
    attention_table,
    gemm_table,
    workload,
)
from attnforge.sim.workloads.gemm import GEMMS, Gemm


@pytest.mark.parametrize(
    ("name", "layers", "jobs", "shapes"),
    [
        ("deit-tiny", 12, 36, {(197, 64, 64): 36}),
        ("deit-small", 12, 72, {(197, 64, 64): 72}),
        ("deit-base", 12, 144, {(197, 64, 64): 144}),
        ("dinov2-s14", 12, 72, {(257, 64, 64): 72}),
        ("levit-128", 12, 96, {(196, 16, 32): 16, (49, 16, 32): 32, (16, 16, 32): 48}),
        ("levit-128s", 9, 58, {(196, 16, 32): 8, (49, 16, 32): 18, (16, 16, 32): 32}),
        ("mobilevit-xxs", 9, 144, {(256, 16, 16): 32, (64, 20, 20): 64, (16, 24, 24): 48}),
        ("mobilevit-xs", 9, 144, {(256, 24, 24): 32, (64, 30, 30): 64, (16, 36, 36): 48}),
        ("bert-base", 12, 144, {(512, 64, 64): 144}),
    ],
)
def test_shapes(name, layers, jobs, shapes):
    entry = workload(name)
    assert len(entry.layers) == layers
    assert len(entry.jobs) == jobs
    assert entry.shapes == {Head(*shape): count for shape, count in shapes.items()}


def test_products_by_hand():
    entry = Workload("toy", "", (Layer(Head(5, 2, 3), heads=2, positions=4), Layer(Head(1, 1, 1), heads=1)))
    assert entry.taylor_macs == 8 * 2 * 5 * 2 * 3 + 2
    assert entry.softmax_macs == 8 * 25 * (2 + 3) + 2


def test_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="deit-tiny, .*, not 'deit'"):
        workload("deit")


@pytest.mark.parametrize(("name", "products", "macs"), [
    ("resnet18", 21, 1_814_073_344),
    ("resnet18-b64", 21, 64 * 1_814_073_344),
    ("dinov2-s14-linear", 48, 257 * 12 * (4 + 8) * 384**2),
])
def test_products_of_networks(name, products, macs):
    """ResNet-18 is known for its 1.81 GMAC; a transformer's layer has 4 + 8 squares of its width in weights."""
    entry = workload(name)
    assert len(entry.jobs) == products == entry.shapes.total()
    assert entry.macs == macs


def test_weights_of_resnet18():
    """11,689,512 parameters, of which 9,600 belong to normalisations and 1,000 are the last layer's biases."""
    assert sum(gemm.k * gemm.n for gemm in GEMMS["resnet18"].jobs) == 11_689_512 - 9_600 - 1_000
    assert GEMMS["resnet18"].jobs[0] == Gemm(12_544, 147, 64)


def test_linear_layers_of_dinov2():
    assert GEMMS["dinov2-s14-linear"].shapes == {
        Gemm(257, 384, 1152): 12, Gemm(257, 384, 384): 12, Gemm(257, 384, 1536): 12, Gemm(257, 1536, 384): 12,
    }  # fmt: skip


def test_tables_have_a_row_for_each():
    assert [*ATTENTION, *GEMMS] == list(WORKLOADS)
    for table, names in ((attention_table, ATTENTION), (gemm_table, GEMMS)):
        console = Console(file=io.StringIO(), width=160)
        console.print(table())
        text = console.file.getvalue()
        assert all(name in text for name in names)
