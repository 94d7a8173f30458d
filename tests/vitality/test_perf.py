"""The cycle model by itself; that it equals the hardware is in test_rtl.py and test_real_heads.py."""

import dataclasses
from math import ceil

import numpy as np
import pytest

from attnforge.hdl.vitality import DESIGN, PRESETS, Config
from attnforge.hdl.vitality.perf import job_ends, perf, tile_cycles
from attnforge.sim.workloads.attention import ATTENTION
from tests.vitality.cores import jobs, random_config


def job_of(config, tokens, head_dim, value_dim):
    return jobs(config, np.random.default_rng(0), 1, tokens=tokens, head_dim=head_dim, value_dim=value_dim)[0].job


@pytest.mark.parametrize("tokens", [197, 257])
def test_utilisation_of_16x16_with_8_bytes_per_cycle_is_at_least_95_percent(tokens):
    """DeiT and DINOv2; padding of the tokens alone allows 0.973 and 0.972."""
    assert Config().beat_bytes == 8
    found = perf(Config(), job_of(Config(), tokens, 64, 64))
    assert found.utilisation == 2 * tokens * 64 * 64 / (256 * found.interval) >= 0.95
    assert found.macs == 2 * tokens * 64 * 64 and found.multipliers == 256


@pytest.mark.parametrize(("preset", "least"), [("default", 0.97), ("ulx3s_85f", 0.98)])
@pytest.mark.parametrize("tokens", [197, 257])
def test_the_array_is_the_bottleneck_of_the_presets(preset, least, tokens):
    config = PRESETS[preset]
    job = job_of(config, tokens, 64, 64)
    found = perf(config, job)
    assert found.interval == tile_cycles(config, job)
    assert found.utilisation >= least


@pytest.mark.parametrize("tokens", [197, 257])
def test_the_paper_preset_waits_for_its_operands_alone(tokens):
    """A row of 64 bytes takes one beat of three tensors, however wide the beat."""
    config = PRESETS["paper"]
    found = perf(config, job_of(config, tokens, 64, 64))
    assert 3 * tokens <= found.interval <= 1.01 * 3 * tokens


@pytest.mark.parametrize("seed", range(20))
def test_interval_is_the_mean_of_the_long_run(seed):
    """Within 1 %: where two blocks need nearly the same time, the order of the phases changes once in tens of jobs."""
    rng = np.random.default_rng(seed)
    config = random_config(rng, *map(int, rng.integers(1, 33, 2)), 8, int(2 ** rng.integers(8)), True, most=100)
    for step in jobs(config, rng, 3):
        ends = job_ends(config, [step.job] * 600, [0] * 600)
        assert perf(config, step.job).interval == pytest.approx((ends[-1] - ends[95]) / 504, rel=1e-2), step.job


@pytest.mark.parametrize("seed", range(25))
def test_interval_is_the_time_of_the_tiles_when_streams_and_dividers_are_fast(seed):
    """Jobs long enough for the latencies that go round: at least 4 tiles per phase, 128-byte beats."""
    rng = np.random.default_rng(seed)
    rows, columns = (int(size) for size in rng.integers(1, 17, 2))
    config = Config(rows=rows, columns=columns, max_tokens=300, max_head_dim=200, max_value_dim=200, beat_bytes=256,
                    dividers=columns)
    sizes = rng.integers(max(96, 4 * max(rows, columns)), 200, 3)
    job = job_of(config, *map(int, sizes))
    assert perf(config, job).interval == tile_cycles(config, job)


@pytest.mark.parametrize("seed", range(25))
def test_interval_is_never_below_the_tiles_the_streams_or_the_useful_products(seed):
    rng = np.random.default_rng(seed)
    config = random_config(rng, *map(int, rng.integers(1, 9, 2)), 8, int(2 ** rng.integers(5)), True)
    for step in jobs(config, rng, 5):
        job = step.job
        found = perf(config, job)
        operands = job.tokens * (2 * ceil(job.head_dim / config.elements) + ceil(job.value_dim / config.elements))
        results = job.tokens * ceil(job.value_dim / config.result_elements)
        assert found.interval >= max(tile_cycles(config, job), operands, results)
        assert 0 < found.utilisation <= 1
        assert found.latency > operands + results


@pytest.mark.parametrize("workload", ATTENTION)
def test_named_workloads_are_never_slower_on_a_larger_array(workload):
    """Of the same streams: 8x8, 16x16 and 32x32."""
    heads = ATTENTION[workload].shapes
    cycles = []
    for size in (8, 16, 32):
        config = Config(rows=size, columns=size, max_tokens=1024, max_head_dim=128, max_value_dim=128, beat_bytes=64)
        cycles.append(sum(count * perf(config, job_of(config, *dataclasses.astuple(head))).interval
                          for head, count in heads.items()))
    assert cycles == sorted(cycles, reverse=True)


@pytest.mark.parametrize("seed", range(10))
def test_eight_slots_are_never_the_limit_and_fewer_never_faster(seed):
    rng = np.random.default_rng(seed)
    config = random_config(rng, *map(int, rng.integers(1, 9, 2)), 8, int(2 ** rng.integers(5)), True)
    config = dataclasses.replace(config, serial=bool(seed % 2))
    for step in jobs(config, rng, 3):
        found = [perf(dataclasses.replace(config, job_slots=slots), step.job) for slots in (2, 3, 4, 8, 16)]
        intervals = [each.interval for each in found]
        assert intervals == sorted(intervals, reverse=True) and intervals[3] == intervals[4], step.job
        assert len({each.latency for each in found}) == 1


@pytest.mark.parametrize("name", ["max_tokens", "max_head_dim", "max_value_dim"])
def test_serial_units_are_slower_than_pipelines(name):
    pipelines = PRESETS["tiny"]
    serial = dataclasses.replace(pipelines, serial=True)
    job = job_of(pipelines, **dict.fromkeys(("tokens", "head_dim", "value_dim"), 3))
    job = dataclasses.replace(job, **{name.removeprefix("max_"): getattr(pipelines, name)})
    assert perf(serial, job).latency > perf(pipelines, job).latency
    assert perf(serial, job).interval > perf(pipelines, job).interval


def test_perf_is_what_the_design_record_offers():
    assert DESIGN.perf is perf
