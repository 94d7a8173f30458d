"""Cores and jobs at the ends of their ranges: every byte, counter and cycle count, with stalls and without."""

import pytest

from attnforge.hdl.ant import DESIGN, Config
from attnforge.hdl.ant.config import RANGES
from attnforge.hdl.ant.perf import job_ends
from attnforge.sim.bench.run import Plan, run_plans
from attnforge.sim.bench.stalls import PROFILES
from tests.ant.cores import check, ends, jobs, rng_of

ONE = {"rows": 1, "columns": 1, "eight_bits": False}
LEAST = {"max_m": 1, "max_k": 1, "max_n": 1, "wide_bits": 8, "multiplier_bits": 8, "job_slots": 2}
MOST_M = (1 << 24) - 1
# A core, and the registers of the jobs that it runs beside random ones.
CORES = {
    "an element, longest K": (Config(**ONE, max_k=8192, max_n=2, beat_bytes=4), {"m": 2, "k": 8192, "n": 2}),
    "four elements, thousands of rows": (Config(rows=2, columns=2, max_k=3, max_n=3, beat_bytes=4), {"m": 3001}),
    "all maxima 1, 8 bits": (Config(rows=2, columns=2, **LEAST, beat_bytes=4), {}),
}
MORE = {
    "an element, most N": (Config(**ONE, max_k=2, max_n=4096, beat_bytes=4), {"m": 2, "k": 2, "n": 4096}),
    "an element, thousands of rows": (Config(**ONE, max_m=MOST_M, max_k=2, max_n=2, beat_bytes=4), {"m": 5000}),
    "all maxima 1, longest beat": (Config(**ONE, **LEAST, beat_bytes=256), {}),
    "widest": (Config(rows=2, columns=2, max_m=MOST_M, max_k=8192, max_n=2, pot=True, minifloat=True, beat_bytes=256,
                      sum_banks=4, multiplier_bits=17, job_slots=16), {"m": 3, "k": 8192}),
    "128 columns, most lanes": (Config(rows=2, columns=128, max_k=3, max_n=70, wide_bits=8, beat_bytes=256), {}),
    "128 columns, a lane": (Config(rows=1, columns=128, max_k=3, max_n=200, eight_bits=False, beat_bytes=4, lanes=1),
                            {"n": 200}),
    "128 rows": (Config(rows=128, columns=1, max_k=300, max_n=3, eight_bits=False, beat_bytes=4), {"k": 300, "m": 257}),
}


@pytest.mark.parametrize("config, fields", [
    *(pytest.param(*case, id=name) for name, case in CORES.items()),
    *(pytest.param(*case, id=name, marks=pytest.mark.slow) for name, case in MORE.items()),
])
def test_jobs_at_the_ends_of_what_a_core_takes(config, fields):
    rng = rng_of(config.rows, config.columns, config.max_k)
    large = jobs(config, rng, 2, **fields)
    steps = [large[0], *jobs(config, rng, 6), large[1], *jobs(config, rng, 2)]
    free, stalled = run_plans(DESIGN, config, [Plan(steps), Plan(steps, PROFILES["both"], 3)])
    check(free, stalled)
    assert ends(free) == job_ends(config, [job.job for job in free.jobs], [job.start for job in free.jobs])


def test_every_range_is_run_at_both_ends():
    configs = [config for config, _ in (*CORES.values(), *MORE.values())]
    for name, *limits in RANGES:
        assert set(limits) <= {getattr(config, name) for config in configs}, name
