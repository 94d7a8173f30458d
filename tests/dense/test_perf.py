"""The cycle model by itself; that it equals the hardware is in test_rtl.py and test_real_heads.py."""

from math import ceil

import pytest

from attnforge.hdl.dense import DESIGN, PRESETS, Config
from attnforge.hdl.dense.job import blocks
from attnforge.hdl.dense.masks import kept
from attnforge.hdl.dense.perf import job_ends, perf
from tests.dense.cores import jobs, random_config, rng_of


def visited_tiles(config, job):
    """Tiles of each block from the first one to the last one that padding leaves and some query sees; one if none."""
    padding = [j for j in range(job.keys) if job.first_key <= j < job.key_limit]
    tiles, end = [], 0
    for rows in blocks(config, job.queries):
        end += rows
        seen = [j // config.columns for j in padding if not job.causal or j < end + job.causal_offset]
        tiles.append(seen[-1] - seen[0] + 1 if seen else 1)
    return tiles


def array_cycles(config, job):
    """The formula of the README."""
    rows = [max(config.block_rows, count) for count in blocks(config, job.queries)]
    if job.linear:
        return sum(rows) * ceil(job.depth / config.rows) * ceil(job.channels / config.columns)
    passes = ceil(job.head_dim / config.rows) + ceil(job.value_dim / config.columns)
    return sum(count * tiles * passes for count, tiles in zip(rows, visited_tiles(config, job), strict=True))


def head(config, tokens, **fields):
    sizes = {"linear": 0, "queries": tokens, "keys": tokens, "head_dim": 64, "value_dim": 64, "first_key": 0,
             "key_limit": tokens, "causal": 0}
    return jobs(config, rng_of(0), 1, **sizes | fields)[0].job


def layer(config, rows, depth, channels):
    return jobs(config, rng_of(0), 1, linear=1, queries=rows, depth=depth, channels=channels)[0].job


@pytest.mark.parametrize("tokens", [197, 257])
def test_utilisation_of_16x16_is_at_least_92_percent_softmax_included(tokens):
    """DeiT-Tiny and DINOv2: the rest is the padding of keys to 16."""
    job = head(Config(), tokens)
    found = perf(Config(), job)
    assert found.macs == tokens**2 * 128 and found.multipliers == 256
    assert found.interval == array_cycles(Config(), job) == tokens * ceil(tokens / 16) * 8
    assert found.utilisation >= 0.92


@pytest.mark.parametrize("tokens, least", [(197, 0.98), (257, 0.97)])
def test_the_array_is_the_bottleneck_of_the_boards_preset(tokens, least):
    config = PRESETS["ulx3s_85f"]
    found = perf(config, head(config, tokens))
    assert found.interval == array_cycles(config, head(config, tokens))
    assert found.utilisation >= least


@pytest.mark.parametrize("sizes", [(257, 384, 384), (257, 384, 96), (197, 192, 192), (64, 384, 384)])
def test_utilisation_of_linear_layers_of_16x16_is_at_least_94_percent(sizes):
    found = perf(Config(), layer(Config(), *sizes))
    assert found.macs == sizes[0] * sizes[1] * sizes[2]
    assert found.utilisation >= 0.94


def test_a_causal_head_takes_little_more_than_half():
    whole, causal = perf(Config(), head(Config(), 512)), perf(Config(), head(Config(), 512, causal=1, causal_offset=0))
    assert 0.5 < causal.interval / whole.interval < 0.54


def test_keys_behind_the_limit_cost_no_more_than_their_way_into_the_core():
    """8 of 17 tiles; K and V come behind the job before, in the time of its last blocks, and wait where it is short."""
    whole, half = (perf(Config(), head(Config(), 257, key_limit=limit)) for limit in (257, 120))
    assert 8 / 17 * whole.interval == array_cycles(Config(), head(Config(), 257, key_limit=120)) < half.interval
    assert half.interval < 0.51 * whole.interval


@pytest.mark.parametrize("seed", range(25))
def test_interval_is_never_below_the_array_the_streams_or_the_useful_products(seed):
    rng = rng_of(seed)
    config = random_config(rng, int(rng.integers(1, 9)), int(2 ** rng.integers(2, 6)))
    for step in jobs(config, rng, 6):
        job = step.job
        found = perf(config, job)
        operands = sum(s.shape[0] * ceil(s.shape[1] / s.format.elements(config.beat_bytes))
                       for s in DESIGN.operand_segments(config, job))
        (results,) = DESIGN.result_segments(config, job)
        beats = results.shape[0] * ceil(results.shape[1] / results.format.elements(config.beat_bytes))
        assert found.interval >= max(array_cycles(config, job), operands, beats)
        assert found.latency > operands
        assert 0 <= found.utilisation <= 1


@pytest.mark.parametrize("seed", range(10))
def test_interval_is_the_mean_of_the_long_run(seed):
    rng = rng_of(seed)
    config = random_config(rng, int(rng.integers(1, 9)), int(2 ** rng.integers(2, 6)))
    for step in jobs(config, rng, 3):
        found = job_ends(config, [step.job] * 300, [0] * 300)
        assert perf(config, step.job).interval == pytest.approx((found[-1] - found[59]) / 240, rel=1e-2), step.job


@pytest.mark.parametrize("seed", range(10))
def test_products_are_those_of_every_query_with_the_keys_that_it_sees(seed):
    """What JOB_MACS counts: what a mask hides is left out, pair by pair."""
    rng = rng_of(seed)
    config = random_config(rng, int(rng.integers(1, 9)), 8)
    for step in jobs(config, rng, 8):
        job = step.job
        wanted = job.queries * job.depth * job.channels
        if not job.linear:
            wanted = int(kept(job).sum()) * (job.head_dim + job.value_dim)
        assert perf(config, job).macs == wanted, job


def test_a_few_keys_of_many_cost_what_they_cost_alone_and_are_all_that_is_useful():
    """12 of 512 keys are seen, by 2,000 queries: utilisation was 1.000, and left padding was visited."""
    sizes = {"queries": 2000, "keys": 512, "value_dim": 64, "head_dim": 64}
    few = perf(Config(), head(Config(), 12, queries=2000))
    for first in (0, 96, 304, 496):  # where a tile of 16 begins
        found = perf(Config(), head(Config(), 512, **sizes, first_key=first, key_limit=first + 12))
        assert found.macs == few.macs == 2000 * 12 * 128
        assert array_cycles(Config(), head(Config(), 512, **sizes, first_key=496, key_limit=508)) == 2000 * 8
        assert found.utilisation < 0.76  # 12 of 16 columns have work


@pytest.mark.parametrize("window", [16, 64, 100])
def test_a_window_that_moves_over_the_keys_costs_the_same_everywhere(window):
    jobs_of = [head(Config(), 512, first_key=first, key_limit=first + window) for first in range(0, 512 - window, 16)]
    assert len({array_cycles(Config(), job) for job in jobs_of}) == len({perf(Config(), job).interval
                                                                         for job in jobs_of}) == 1


def test_perf_is_what_the_design_record_offers():
    assert DESIGN.perf is perf
