"""Heads and layers of networks as jobs."""

import re
from pathlib import Path

import pytest

from attnforge.fpga.report.cycles import workload_cycles
from attnforge.hdl.dense import DESIGN, PRESETS, Config, Job
from attnforge.hdl.dense.job import job_fields
from attnforge.hdl.dense.lowering import gemm_jobs, head_jobs

README = Path(__file__).parents[2] / "hdl" / "dense" / "README.md"


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


def number(text):
    return int(text.replace(",", ""))


def test_the_cycles_of_the_readme_are_those_of_the_cycle_model():
    """Of heads, which the array bounds, to the cycle; a register more in a block moves those of layers by one."""
    lines = re.findall(r"^\| `(\w+)`, .* \| `(.*)` \| (.*) \| (.*) % \| .* \|$", README.read_text(), re.MULTILINE)
    assert len(lines) == 5
    for preset, name, cycles, utilisation in lines:
        (found,), _ = workload_cycles(DESIGN, PRESETS[preset], name)
        assert number(cycles) == pytest.approx(found.per_job, rel=1e-4 if "linear" in name else 1e-12)
        assert utilisation == f"{100 * found.utilisation:.1f}"
    ((cycles, utilisation),) = re.findall(r"257 x 384 x 384 on `default` takes (.*) cycles, (.*) %", README.read_text())
    ((job,),) = gemm_jobs(Config(), 257, 384, 384).values()
    found = DESIGN.perf(Config(), job)
    assert number(cycles) == pytest.approx(found.interval, rel=1e-4)
    assert utilisation == f"{100 * found.utilisation:.1f}"


def test_all_linear_layers_of_a_vit_fit_the_preset_for_them():
    """Utilisation of the whole network, jobs of 96 channels."""
    (found,), obstacle = workload_cycles(DESIGN, PRESETS["layers"], "dinov2-s14-linear")
    assert (found.jobs, obstacle) == (12 * (12 + 4 + 16 + 4), "")
    assert found.utilisation >= 0.94
