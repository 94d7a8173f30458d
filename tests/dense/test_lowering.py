"""Heads and layers of networks as jobs."""

from hdl.dense.config import Config
from hdl.dense.job import Job, job_fields
from hdl.dense.lowering import gemm_jobs, head_jobs


def test_a_head_is_a_job_that_sees_all_its_keys():
    assert head_jobs(Config(), 197, 64, 32) == {
        "8 bits": [Job(queries=197, keys=197, head_dim=64, value_dim=32, key_limit=197)]
    }


def test_a_layer_wider_than_the_core_is_several_jobs():
    (jobs,) = gemm_jobs(Config(bits=6, max_channels=100), 257, 384, 384).values()
    assert [job.channels for job in jobs] == [100, 100, 100, 84]
    assert {(job.linear, job.queries, job.depth) for job in jobs} == {(1, 257, 384)}
    assert list(gemm_jobs(Config(bits=6), 1, 1, 1)) == ["6 bits"]


def test_jobs_of_the_cores_maxima_are_within_its_ranges():
    config = Config()
    (head,), = head_jobs(config, config.max_keys, config.max_head_dim, config.max_value_dim).values()
    (layer,), = gemm_jobs(config, config.max_queries, config.max_depth, config.max_channels).values()
    for job in (head, layer):
        assert all(field.low <= getattr(job, field.name) <= field.high for field in job_fields(config))
