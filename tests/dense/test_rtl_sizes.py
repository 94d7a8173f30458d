"""Cores and jobs at the ends of their ranges: every byte, counter and cycle count, with stalls and without."""

import pytest

from attnforge.hdl.dense import DESIGN, Config
from attnforge.hdl.dense.config import RANGES
from attnforge.hdl.dense.perf import job_ends
from attnforge.sim.bench.run import Plan, run_plans
from attnforge.sim.bench.stalls import PROFILES
from tests.dense.cores import check, ends, jobs, rng_of

LEAST = {"max_queries": 1, "max_keys": 1, "max_head_dim": 1, "max_value_dim": 1, "max_depth": 1, "max_channels": 1}
NARROW = {"bits": 4, "out_bits": 4, "score_bits": 8, "score_fraction_bits": 2, "probability_bits": 4,
          "multiplier_bits": 8, "job_slots": 2, "lossy": True}
WIDE = {"score_bits": 18, "score_fraction_bits": 8, "probability_bits": 17, "multiplier_bits": 17, "job_slots": 16}
SMALL = {"max_queries": 9, "max_keys": 3, "max_head_dim": 3, "max_value_dim": 3, "max_depth": 3, "max_channels": 3}


def core(size, beat_bytes, **fields):
    return Config(rows=size, columns=size, beat_bytes=beat_bytes, **SMALL | fields)


SEEN = {"first_key": 0, "key_limit": 16384, "causal": 0}
# A core, and the registers of the jobs that it runs beside random ones.
CORES = {
    "all least": (core(1, 4, **LEAST, **NARROW), {}),
    "most features, widest": (core(3, 256, max_head_dim=512, max_value_dim=512, max_queries=(1 << 24) - 1, **WIDE),
                              {"linear": 0, "head_dim": 512, "value_dim": 512, "keys": 3, **SEEN, "key_limit": 3}),
}
MORE = {
    "least sizes, widest": (core(2, 4, **LEAST, **WIDE), {}),
    "most features, narrowest": (core(2, 4, max_head_dim=512, max_value_dim=512, **NARROW),
                                 {"linear": 0, "head_dim": 512, "value_dim": 512}),
    "most keys": (core(1, 8, max_keys=16384), {"linear": 0, "keys": 16384, "queries": 2, **SEEN}),
    "most keys, widest, serial": (core(4, 16, max_keys=16384, serial=True, **WIDE),
                                  {"linear": 0, "keys": 16384, "queries": 5, **SEEN}),
    "longest depth": (core(2, 8, max_depth=8192), {"linear": 1, "depth": 8192}),
    "most channels": (core(3, 4, max_channels=8192), {"linear": 1, "channels": 8192}),
    "32 rows and columns": (core(32, 64, max_keys=70, max_head_dim=40, max_value_dim=50), {}),
}


@pytest.mark.parametrize("config, fields", [
    *(pytest.param(*case, id=name) for name, case in CORES.items()),
    *(pytest.param(*case, id=name, marks=pytest.mark.slow) for name, case in MORE.items()),
])
def test_jobs_at_the_ends_of_what_a_core_takes(config, fields):
    rng = rng_of(config.rows, config.max_keys, config.max_depth)
    large = jobs(config, rng, 2, **fields)
    steps = [large[0], *jobs(config, rng, 6), large[1], *jobs(config, rng, 2)]
    free, stalled = run_plans(DESIGN, config, [Plan(steps), Plan(steps, PROFILES["both"], 3)])
    check(free, stalled)
    assert ends(free) == job_ends(config, [job.job for job in free.jobs], [job.start for job in free.jobs])


def test_every_range_but_the_arrays_is_run_at_both_ends():
    """An array of 128 x 128 is too large to be simulated in a test."""
    configs = [config for config, _ in (*CORES.values(), *MORE.values())]
    for name, *limits in RANGES:
        if name not in ("rows", "columns"):
            assert set(limits) <= {getattr(config, name) for config in configs}, name
