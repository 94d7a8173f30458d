"""The faults of all designs still are in the sources, so that a campaign can be run at any time."""

import ast
from importlib import import_module

import pytest

from attnforge.gen.registry import DESIGNS
from tests.bench.faults import Campaign, Fault

CAMPAIGNS = {name: import_module(f"tests.{name}.faults").CAMPAIGN for name in DESIGNS}


@pytest.mark.parametrize("name", CAMPAIGNS)
def test_every_fault_is_a_change_of_gates_that_python_can_read(name):
    for fault in CAMPAIGNS[name].faults:
        ast.parse(Campaign.changed(fault))


@pytest.mark.parametrize("name", CAMPAIGNS)
def test_faults_have_names_of_their_own(name):
    names = [fault.name for fault in CAMPAIGNS[name].faults]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("file, old, message", [
    ("parts/memory/banks.py", "used != 7", "0 times, not once"),
    ("parts/memory/banks.py", "used", "times, not once"),
    ("parts/memory/banks.py", "full <= 2", "in a promise"),
    ("parts/arithmetic/row_statistic.py", "self.o_index, self.o_bank)", "in a promise"),
])
def test_a_fault_that_is_none_is_refused(file, old, message):
    with pytest.raises(ValueError, match=message):
        Campaign.changed(Fault("none", file, old, "0"))
