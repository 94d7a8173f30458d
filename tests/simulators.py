"""Simulators that a test may need."""

import os

import pytest

from attnforge.sim.simulator.build import simulators


def require(simulator):
    """Skip the test where the simulator is not installed; with ``CI=true`` that is a failure."""
    if simulator in simulators():
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"{simulator} is not installed, and with CI=true no test is skipped for that")
    pytest.skip(f"{simulator} is not installed")
