"""What the tests of the dense core share: random cores, random jobs, and what a run must be."""

import numpy as np

from attnforge.hdl.dense.config import Config
from attnforge.hdl.dense.job import random_job
from attnforge.sim.bench.steps import Run


def random_config(rng, size, beat_bytes, most=40, **fields):
    """A core of random maxima and widths.

    Parameters
    ----------
    rng : numpy Generator
    size, beat_bytes : int
        Rows and columns of the array, and bytes of a beat.
    most : int
        Largest maximum of all sizes.
    """
    fraction = int(rng.integers(2, 8, endpoint=True))
    drawn = {name: int(rng.integers(1, most, endpoint=True)) for name in
             ("max_keys", "max_head_dim", "max_value_dim", "max_depth", "max_channels")}
    drawn |= {
        "max_queries": int(rng.integers(5, 2 * most, endpoint=True)),
        "bits": int(rng.integers(4, 8, endpoint=True)),
        "out_bits": int(rng.integers(4, 8, endpoint=True)),
        "score_fraction_bits": fraction,
        "score_bits": int(rng.integers(max(8, fraction + 5), 18, endpoint=True)),
        "probability_bits": int(rng.integers(4, 17, endpoint=True)),
        "multiplier_bits": int(rng.integers(8, 17, endpoint=True)),
        "serial": bool(rng.integers(2)),
        "job_slots": int(rng.integers(2, 16, endpoint=True)),
        "lossy": True,
    }
    config = Config(rows=size, columns=size, beat_bytes=beat_bytes, **drawn | fields)
    lanes = [n for n in range(1, size + 1) if size % n == 0 and config.result_elements % n == 0]
    return Config(**{**vars(config), "lanes": lanes[rng.integers(len(lanes))]})


def jobs(config, rng, count, **fields):
    """Random jobs as steps of a script; ``fields`` are registers of all of them."""
    return [Run(*random_job(config, rng, **fields)) for _ in range(count)]


def ends(result):
    """Cycles of the last result beats of a run's jobs, dropped ones left out."""
    return [job.last_result for job in result.jobs if job.kind == "good"]


def check(*results):
    """Every byte, `last`, counter, error and stream rule of the runs was right, and outputs were compared."""
    for result in results:
        assert result.failures == [], f"seed {result.seed}, {result.stalls}"
        assert result.mismatches == 0 and result.outputs_checked > 0


def rng_of(*seed):
    """A generator for these numbers."""
    return np.random.default_rng(seed)
