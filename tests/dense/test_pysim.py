"""Whole cores in Amaranth's simulator: quick to begin, and its memories assert that no word is read while written."""

import pytest

from attnforge.hdl.dense import DESIGN, Config
from tests.bench.pysim import simulate
from tests.dense.cores import jobs, random_config, rng_of

SMALL = Config(rows=2, columns=2, max_queries=12, max_keys=9, max_head_dim=5, max_value_dim=3, max_depth=6,
               max_channels=5, beat_bytes=4)


def run(config, steps, **options):
    simulate(DESIGN, config, [(step.job, step.operands) for step in steps], **options)


@pytest.mark.parametrize("seed", range(3))
def test_no_memory_word_is_read_while_it_is_written(seed):
    rng = rng_of(seed)
    config = random_config(rng, int(rng.integers(1, 5)), int(2 ** rng.integers(2, 5)), most=12)
    run(config, jobs(config, rng, 6), seed=seed, idle=0.2 * seed, backpressure=0.2 * seed)


@pytest.mark.parametrize("kinds", [(0, 1), (0, 0, 1), (1, 1, 0)], ids=str)
def test_heads_and_layers_in_a_row(kinds):
    """Every result of one kind waits for those of the other before it."""
    rng = rng_of(10)
    run(SMALL, [jobs(SMALL, rng, 1, linear=kind)[0] for kind in 3 * kinds], backpressure=0.1)


def test_the_parameters_of_a_layer_come_while_a_head_of_few_keys_is_read():
    """Tiles before the first key are skipped, so a head's results are read while the next layer's parameters come."""
    config = Config(rows=1, columns=1, max_queries=12, max_keys=17, max_head_dim=5, max_value_dim=4, max_depth=6,
                    max_channels=5, beat_bytes=4)
    rng = rng_of(4)
    steps = [jobs(config, rng, 1, linear=0, keys=17, first_key=first, key_limit=int(rng.integers(first, 18)))[0]
             for first in range(0, 17, 2)]
    run(config, [*steps, *jobs(config, rng, 3)])


def test_jobs_of_one_row_share_nothing_however_long_results_wait():
    """Parameters, row scales and score banks come and go while a stalled stream keeps the oldest ones in use."""
    rng = rng_of(11)
    steps = [jobs(SMALL, rng, 1, queries=1, linear=number % 3 == 0)[0] for number in range(24)]
    run(SMALL, steps, seed=3, backpressure=0.9)


@pytest.mark.parametrize("seed", range(4))
def test_bad_jobs_in_a_row(seed):
    """Good jobs, jobs cut short and jobs that run over, in any order and all in flight together."""
    rng = rng_of(20, seed)
    stream = []
    for step in jobs(SMALL, rng, 24, queries=1):  # so short that no bad one gives results
        segments = DESIGN.operand_segments(SMALL, step.job)
        whole = sum(s.shape[0] * -(-s.shape[1] // s.format.elements(SMALL.beat_bytes)) for s in segments)
        length = [(), (int(rng.integers(1, whole)),), (whole + int(rng.integers(1, 6)),)][rng.integers(3)]
        stream.append((step.job, step.operands, *length))
    assert sum(len(each) > 2 for each in stream) >= 10
    good = [(step.job, step.operands) for step in jobs(SMALL, rng, 2)]
    simulate(DESIGN, SMALL, [*stream, *good], seed=seed, idle=0.3 * (seed % 2), backpressure=0.3 * (seed // 2))
