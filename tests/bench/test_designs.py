"""Every design's bench on its tiny preset: every target that has models, every simulator that is here."""

import numpy as np
import pytest

from gen.registry import DESIGNS
from sim.build import PRIMITIVES
from sim.runner import run_smoke
from sim.stalls import PROFILES
from sim.standard import check_design
from tests.simulators import require

TARGETS = ("generic", *PRIMITIVES)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("simulator", ["verilator", "icarus"])
@pytest.mark.parametrize("name", DESIGNS)
def test_the_bench_passes(name, simulator, target):
    require(simulator)
    design = DESIGNS[name]
    checks = check_design(design, design.presets["tiny"], seed=2, simulator=simulator, target=target)
    assert [text for check in checks for text in check.failures] == []


@pytest.mark.parametrize("profile", ["none", "both"])
@pytest.mark.parametrize("name", DESIGNS)
def test_the_bench_in_python_passes(name, profile):
    design = DESIGNS[name]
    config = design.presets["tiny"]
    rng = np.random.default_rng(6)
    jobs = [design.random_job(config, rng) for _ in range(4)]
    assert run_smoke(design, config, jobs, stalls=PROFILES[profile], seed=6) == []
