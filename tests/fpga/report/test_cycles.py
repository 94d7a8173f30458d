"""Workloads on cores: jobs by hand, their cycles, and why some cores are too small."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from attnforge.fpga.report.cycles import REPORTED, workload_cycles
from attnforge.gen.registry import DESIGNS
from attnforge.hdl.ant import PRESETS as ANT
from attnforge.hdl.ant import Job
from attnforge.hdl.ant import perf as ant_perf
from attnforge.hdl.vitality import PRESETS as VITALITY
from attnforge.sim.workloads.attention import workload
from attnforge.sim.workloads.gemm import GEMMS
from tests.vitality.cores import jobs

README = Path(__file__).parents[3] / "hdl" / "ant" / "README.md"
ANT_DESIGN, VITALITY_DESIGN = DESIGNS["ant"], DESIGNS["vitality"]


def test_heads_of_a_network_take_a_job_each():
    config = VITALITY["default"]
    (found,), obstacle = workload_cycles(VITALITY_DESIGN, config, "deit-tiny")
    assert (found.operands, found.jobs, obstacle) == ("8 bits", 36, "")
    (step,) = jobs(config, np.random.default_rng(1), 1, tokens=197, head_dim=64, value_dim=64)
    perf = VITALITY_DESIGN.perf(config, step.job)
    assert found.per_job == perf.interval and found.cycles == 36 * perf.interval
    assert found.utilisation == pytest.approx(perf.utilisation)


def test_layers_wider_than_the_core_take_several_jobs():
    """257 x 384 x 1152, x 384, x 1536 and 257 x 1536 x 384: 18, 6, 24 and 6 jobs of 64 columns, twelve times."""
    config = ANT["ulx3s_85f"]
    four, eight = workload_cycles(ANT_DESIGN, config, "dinov2-s14-linear")[0]
    assert (four.operands, eight.operands) == ("4 bits", "8 bits")
    assert four.jobs == eight.jobs == 12 * (18 + 6 + 24 + 6)
    for found, (a, w) in ((four, (0, 0)), (eight, (len(config.codes), len(config.weights) - 1))):
        short, long = (ant_perf(config, Job(257, k, 64, a, w, 0)).interval for k in (384, 1536))
        assert found.cycles == 12 * ((18 + 6 + 24) * short + 6 * long)
        useful = 257 * 12 * 12 * 384**2 * (1 if found is four else 4)
        assert found.utilisation == pytest.approx(useful / 256 / found.cycles)


def test_a_last_job_with_fewer_columns():
    config = replace(ANT["ulx3s_85f"], max_n=100, lanes=None)
    (found, _), _ = workload_cycles(ANT_DESIGN, config, "dinov2-s14-linear")
    assert found.jobs == 12 * (12 + 4 + 16 + 4)
    assert found.utilisation < 1


def test_what_is_too_small_says_why():
    found = workload_cycles(ANT_DESIGN, ANT["default"], "resnet18")
    assert found == ([], "k is at most 1024, not 4608")
    assert workload_cycles(VITALITY_DESIGN, VITALITY["tiny"], "deit-tiny") == ([], "tokens is at most 12, not 197")


def test_a_design_has_no_cycles_for_what_it_does_not_do():
    assert workload_cycles(ANT_DESIGN, ANT["paper"], "deit-tiny") == ([], "")
    assert workload_cycles(VITALITY_DESIGN, VITALITY["paper"], "resnet18") == ([], "")


def test_every_reported_workload_is_one_that_some_design_does():
    for name in REPORTED:
        entry = workload(name)
        kind = "gemm_jobs" if name in GEMMS else "head_jobs"
        assert any(getattr(design, kind) for design in DESIGNS.values()) and entry.jobs, name


def test_the_figures_of_the_readme_are_those_of_the_cycle_model():
    lines = re.findall(r"^\| `(\w+)` \| .* \(`(.*)`\) \| (\d+) \| (.*) \| (.*) \|$", README.read_text(), re.MULTILINE)
    assert len(lines) == 4
    for preset, name, count, *figures in lines:
        found, _ = workload_cycles(ANT_DESIGN, ANT[preset], name)
        assert figures == [f"{each.cycles:,} ({100 * each.utilisation:.1f} %)" for each in found]
        assert [each.jobs for each in found] == [int(count)] * 2


def test_unknown_workload_is_refused():
    with pytest.raises(ValueError, match="resnet18, .*, not 'resnet19'"):
        workload_cycles(ANT_DESIGN, ANT["paper"], "resnet19")
