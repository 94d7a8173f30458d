"""Every design's bench on its tiny preset: every target that has models, every simulator that is here."""

import numpy as np
import pytest

from attnforge.gen.registry import DESIGNS
from attnforge.sim.bench.run import run_smoke
from attnforge.sim.bench.stalls import PROFILES
from attnforge.sim.bench.standard import check_design
from attnforge.sim.simulator.build import PRIMITIVES
from tests.simulators import require

RUNS = {  # registers with their values at power-up and without, memories of random bits and of X
    "verilator": {"simulator": "verilator"},
    "verilator-ecp5": {"simulator": "verilator", "target": "ecp5", "power_up": False},
    "verilator-ice40": {"simulator": "verilator", "target": "ice40", "power_up": False},
    "icarus-2005": {"simulator": "icarus", "standard": "2005"},
    "icarus-2012": {"simulator": "icarus", "standard": "2012", "power_up": False},
    "icarus-2012-ecp5": {"simulator": "icarus", "standard": "2012", "target": "ecp5", "power_up": False},
    "icarus-2005-ice40": {"simulator": "icarus", "standard": "2005", "target": "ice40", "power_up": False},
}


SLOW = ("icarus-2005", "icarus-2012-ecp5", "icarus-2005-ice40")
"""Minutes each; the testbench in the output folder runs on Icarus in both standards and for all targets as well."""


@pytest.mark.parametrize("run", [pytest.param(run, marks=pytest.mark.slow) if run in SLOW else run for run in RUNS])
@pytest.mark.parametrize("name", DESIGNS)
def test_the_bench_passes(name, run):
    options = RUNS[run]
    require(options["simulator"])
    design = DESIGNS[name]
    jobs = 12 if options["simulator"] == "verilator" else 6  # Icarus is slow
    checks = check_design(design, design.presets["tiny"], seed=2, jobs=jobs, **options)
    assert [text for check in checks for text in check.failures] == []


def test_every_target_that_has_models_is_run():
    targets = {options.get("target", "generic") for options in RUNS.values()}
    assert targets == {"generic", *PRIMITIVES}


@pytest.mark.parametrize("profile", ["none", "both"])
@pytest.mark.parametrize("name", DESIGNS)
def test_the_bench_in_python_passes(name, profile):
    design = DESIGNS[name]
    config = design.presets["tiny"]
    rng = np.random.default_rng(6)
    jobs = [design.random_job(config, rng) for _ in range(4)]
    assert run_smoke(design, config, jobs, stalls=PROFILES[profile], seed=6) == []
