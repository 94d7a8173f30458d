"""The cycle model by itself; that it equals the hardware is in test_rtl.py."""

from dataclasses import replace
from math import ceil

import numpy as np
import pytest

from attnforge.hdl.ant import DESIGN, PRESETS, Config, Job, perf
from attnforge.hdl.ant.lowering import gemm_jobs
from attnforge.hdl.ant.perf import _Timeline, job_ends, tile_cycles
from attnforge.sim.workloads.gemm import GEMMS
from tests.ant.cores import jobs, random_config, rng_of


@pytest.mark.parametrize("bits, published, cycles", [(4, 28_345_088, 28_452_328), (8, 113_380_352, 113_775_488)])
def test_resnet18_on_the_paper_preset_takes_half_a_percent_more_than_the_published_formula(bits, published, cycles):
    """ceil(B OH OW / (R f)) ceil(OC / (C f)) IC KH KW, f = 2 for 4 bits, on 32 x 32 elements of 8 bits."""
    config = PRESETS["paper"]
    side, formula, total = 32 * 8 // bits, 0, 0
    for shape, count in GEMMS["resnet18-b64"].shapes.items():
        formula += count * ceil(shape.m / side) * ceil(shape.n / side) * shape.k
        for job in gemm_jobs(config, shape.m, shape.k, shape.n)[f"{bits} bits"]:
            assert config.activations[job.a_type].bits == config.weights[job.w_type].bits == bits
            total += count * perf(config, job).interval
    assert formula == published
    assert total == cycles and published < cycles < 1.005 * published


@pytest.mark.parametrize("k", [31, 32, 192, 1024])
@pytest.mark.parametrize("wide", [False, True])
def test_the_array_is_the_bottleneck_of_long_jobs(k, wide):
    config = PRESETS["default"]
    a_type, w_type = (len(config.codes), len(config.weights) - 1) if wide else (0, 0)
    job = Job(4096, k, config.max_n, a_type, w_type, 0)
    found = perf(config, job)
    assert tile_cycles(config, job) <= found.interval
    if k >= 192:  # 2 lanes then read a block's sums faster than the array makes them
        assert found.interval == tile_cycles(config, job)
        assert found.utilisation == 1.0


@pytest.mark.parametrize("seed", range(20))
def test_skipping_equal_blocks_changes_nothing(seed, monkeypatch):
    rng = rng_of(seed)
    rows, columns = (2 * rng.integers(1, 9, 2)).tolist()
    config = random_config(rng, rows, columns, int(2 ** rng.integers(2, 7)), max_m=900)
    steps = [replace(step.job, m=int(rng.integers(1, 900))) for step in jobs(config, rng, 4)]
    quick = job_ends(config, steps, [0] * len(steps))
    monkeypatch.setattr(_Timeline, "_state", lambda self: [*rng.integers(0, 1 << 60, 7)])
    assert job_ends(config, steps, [0] * len(steps)) == quick


@pytest.mark.parametrize("seed", range(20))
def test_interval_is_never_below_the_tiles_the_streams_or_the_useful_products(seed):
    rng = rng_of(seed)
    config = random_config(rng, *(2 * rng.integers(1, 5, 2)).tolist(), int(2 ** rng.integers(2, 6)))
    for step in jobs(config, rng, 5):
        job = step.job
        found = perf(config, job)
        operands = sum(s.shape[0] * ceil(s.shape[1] / s.format.elements(config.beat_bytes))
                       for s in DESIGN.operand_segments(config, job))
        (results,) = DESIGN.result_segments(config, job)
        beats = job.m * ceil(job.n / results.format.elements(config.beat_bytes))
        assert found.interval >= max(tile_cycles(config, job), operands, beats)
        assert 0 < found.utilisation <= 1
        assert found.latency > operands


def test_an_8_bit_operand_counts_as_two():
    config = Config()
    narrow, wide = Job(32, 64, 16, 0, 0, 0), Job(32, 64, 16, len(config.codes), len(config.weights) - 1, 0)
    assert perf(config, narrow).macs == 32 * 64 * 16
    assert perf(config, wide).macs == 4 * 32 * 64 * 16
    assert perf(config, Job(32, 64, 16, len(config.codes), 0, 0)).macs == 2 * 32 * 64 * 16
    assert perf(config, narrow).multipliers == 256


def test_perf_is_what_the_design_record_offers():
    assert DESIGN.perf is perf and np.isfinite(perf(Config(), Job(1, 1, 1, 0, 0, 0)).latency)
