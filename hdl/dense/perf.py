"""Cycles of the dense core, exact: the blocks' latencies, and the few places where they wait for each other.

In steady state, with streams and post-processor fast enough, the array is the bottleneck and a block of rows takes ::

    max(rows, R, 4) ceil(keys / C) (ceil(d / R) + ceil(d_v / C))     cycles of a head, keys being those that it visits,
    max(rows, R, 4) ceil(N / C) ceil(K / R)                          of a linear layer,

the numbers that `block_cycles` adds up. `job_ends` knows when each phase of a block begins, so it is also right for the
first job, for short jobs and for slow streams.
"""

from math import ceil

from attnforge.hdl.contract.design import Perf, job_perf
from attnforge.hdl.dense.config import Config
from attnforge.hdl.dense.job import blocks
from attnforge.hdl.dense.masks import pairs
from attnforge.hdl.dense.timeline import Timeline, block_keys, pass_cycles

__all__ = ["block_cycles", "job_ends", "perf", "products"]


def products(config: Config, job) -> int:
    """Useful products of a job; a head's are those of the pairs of a query and a key that it sees."""
    if job.linear:
        return job.queries * job.depth * job.channels
    return pairs(job) * (job.head_dim + job.value_dim)


def block_cycles(config: Config, job) -> int:
    """Cycles that the array needs for a job when nothing else makes it wait."""
    sizes = blocks(config, job.queries)
    if job.linear:
        passes = ceil(job.channels / config.columns) * ceil(job.depth / config.rows)
        return passes * sum(pass_cycles(config, rows) for rows in sizes)
    passes = ceil(job.head_dim / config.rows) + ceil(job.value_dim / config.columns)
    visited = zip(sizes, block_keys(config, job), strict=True)
    return passes * sum(pass_cycles(config, rows) * ceil(keys / config.columns) for rows, keys in visited)


def perf(config: Config, job) -> Perf:
    """Latency and interval of a job; see `Perf`."""
    return job_perf(job_ends, config, job, products(config, job))


def job_ends(config: Config, jobs, starts) -> list[int]:
    """Cycle of the last result beat of every job, for operands and results that never wait.

    Parameters
    ----------
    config : Config
    jobs : sequence of Job
        In order.
    starts : sequence of int
        Cycle in which START is written, or later: as soon as the host knows of a free slot.
    """
    timeline = Timeline(config, jobs, starts)
    while len(timeline.ends) < len(jobs):
        timeline.phase()
    return timeline.ends
