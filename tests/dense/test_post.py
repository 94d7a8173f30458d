"""Sums and row sums become the model's bytes, in the cycles that the docstrings name, and aborts end what has left."""

from math import ceil

import numpy as np
import pytest

from attnforge.hdl.dense.config import Config
from attnforge.hdl.dense.post import post_delay
from attnforge.hdl.dense.row_scales import scales_ready
from tests.dense.post_bench import Bench, random_work


def small(**fields):
    """A core whose jobs the simulator gets through."""
    sizes = {"max_head_dim": 3, "max_value_dim": 11, "max_depth": 4, "max_channels": 14}
    return Config(max_queries=60, max_keys=9, **sizes, **fields)


CONFIGS = {
    "1x1": small(rows=1, columns=1, beat_bytes=4),
    "3x3_1_lane": small(rows=3, columns=3, beat_bytes=8, lanes=1, serial=True),
    "4x4_1_lane": small(rows=4, columns=4, beat_bytes=4, lanes=1),
    "4x4_2_lanes_serial": small(rows=4, columns=4, beat_bytes=8, lanes=2, serial=True, out_bits=6),
    "4x4_4_lanes": small(rows=4, columns=4, beat_bytes=16, lanes=4),
    "6x6_2_lanes_nibbles": small(rows=6, columns=6, beat_bytes=8, lanes=2, out_bits=4),
    "8x8_8_lanes_serial": small(rows=8, columns=8, beat_bytes=8, lanes=8, serial=True),
}

STALLS = [{}, {"late": 0.3}, {"backpressure": 0.7}, {"late": 0.2, "backpressure": 0.3, "gap": 9}]


@pytest.mark.parametrize("stalls", STALLS, ids=str)
@pytest.mark.parametrize("name", CONFIGS)
def test_results_are_the_models(name, stalls):
    works = random_work(CONFIGS[name], np.random.default_rng(len(name)), 14, aborts=0.3)
    Bench(CONFIGS[name], works, seed=3, **stalls).run()


@pytest.mark.parametrize("fields", [{}, {"linear": 0}, {"linear": 1}, {"channels": 1, "value_dim": 1}], ids=str)
@pytest.mark.parametrize("name", CONFIGS)
def test_cycles_are_those_of_the_docstrings(name, fields):
    config = CONFIGS[name]
    bench = Bench(config, random_work(config, np.random.default_rng(4), 10, **fields), gap=3).run()
    free, reader = 0, 0
    for item in bench.blocks:
        work = bench.works[item.work]
        start = max(item.complete, reader)
        if not work.job.linear:
            told, free = scales_ready(config, item.rows, item.first_sum, free)
            start = max(start, told)
        assert item.started == start
        reader = start + item.rows * ceil(work.sums.shape[1] / config.lanes)
        assert item.last_read == reader + 1
        if item.final:
            assert work.left == reader + post_delay(config)


@pytest.mark.parametrize("free", range(-1, 4))
def test_an_abort_waits_for_the_place_of_its_beat(free):
    config = CONFIGS["4x4_4_lanes"]
    rng = np.random.default_rng(free + 1)
    places = post_delay(config) + 1  # of beats, in the queue
    good = random_work(config, rng, 1, linear=1, channels=1, queries=places - config.block_rows - free)
    bad = random_work(config, rng, 1, linear=1, channels=1, queries=3 * config.block_rows)
    bad[0].kept_blocks = 1
    Bench(config, good + bad + random_work(config, rng, 2), hold=200).run()
