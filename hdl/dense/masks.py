"""Which query sees which key, as a job's registers say: in full, and in the few numbers that follow from it."""

import numpy as np

__all__ = ["first_tile_key", "kept", "pairs", "seen_keys", "seen_queries"]


def kept(job) -> np.ndarray:
    """Which query sees which key: bool (queries, keys)."""
    key = np.arange(job.keys)
    seen = np.broadcast_to((key >= job.first_key) & (key < job.key_limit), (job.queries, job.keys))
    if job.causal:
        seen = seen & (key <= np.arange(job.queries)[:, None] + job.causal_offset)
    return seen


def _limit(job):
    """The first key behind those that padding leaves."""
    return max(job.first_key, min(job.keys, job.key_limit))


def seen_keys(job) -> range:
    """The keys that some query sees."""
    end = min(_limit(job), job.queries + job.causal_offset) if job.causal else _limit(job)
    return range(job.first_key, max(job.first_key, end))


def seen_queries(job) -> range:
    """The queries that see some key."""
    if _limit(job) == job.first_key:
        return range(0)
    first = max(0, job.first_key - job.causal_offset) if job.causal else 0
    return range(min(first, job.queries), job.queries)


def pairs(job) -> int:
    """How many pairs of a query and a key that it sees the job has."""
    keys = _limit(job) - job.first_key
    if not job.causal:
        return job.queries * keys

    def up_to(seen):
        """Pairs of all queries whose diagonal leaves less than ``seen`` keys: 1, 2, ... and then all of them."""
        rising = min(max(seen - 1, 0), keys)
        return rising * (rising + 1) // 2 + max(seen - 1 - keys, 0) * keys

    start = job.causal_offset + 1 - job.first_key  # what the diagonal leaves to query 0
    return up_to(start + job.queries) - up_to(start)


def first_tile_key(columns: int, job) -> int:
    """The first key of the first tile that is visited: that of ``first_key``, or the first one where none is seen."""
    return job.first_key // columns * columns if _limit(job) > job.first_key else 0
