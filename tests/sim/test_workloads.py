"""The named workloads hold what their papers say."""

import io

import pytest
from rich.console import Console

from sim.workloads import WORKLOADS, Head, Layer, Workload, table, workload


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


def test_table_has_a_row_for_each():
    console = Console(file=io.StringIO(), width=160)
    console.print(table())
    text = console.file.getvalue()
    assert all(name in text for name in WORKLOADS)
