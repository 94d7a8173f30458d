"""Attention heads and matrix products of networks as jobs, for counts of cycles."""

from attnforge.hdl.dense.config import Config
from attnforge.hdl.dense.job import Job

__all__ = ["gemm_jobs", "head_jobs"]


def head_jobs(config: Config, tokens, head_dim, value_dim) -> dict[str, list[Job]]:
    """The job of a head of these sizes without masks, and without its scales, which cost no cycles."""
    job = Job(queries=tokens, keys=tokens, head_dim=head_dim, value_dim=value_dim, key_limit=tokens)
    return {f"{config.bits} bits": [job]}


def gemm_jobs(config: Config, m, k, n) -> dict[str, list[Job]]:
    """The jobs of a product: one for each ``max_channels`` columns of W."""
    starts = range(0, n, config.max_channels)
    jobs = [Job(queries=m, linear=1, depth=k, channels=min(config.max_channels, n - start)) for start in starts]
    return {f"{config.bits} bits": jobs}
