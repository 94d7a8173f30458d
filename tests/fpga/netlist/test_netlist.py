"""The check after synthesis: netlists of whole cores equal their RTL, and one that was tampered with is found."""

import re

import pytest

from attnforge.fpga.netlist.check import check_netlist
from attnforge.gen.registry import DESIGNS
from tests.sim.toy import DESIGN as TOY

QUICK = ("vitality", "ecp5")
"""The core that is checked by default. The others take two to six minutes each: they are slow, and the toy, which has
the host interface and multipliers too, stands in for them."""


@pytest.mark.parametrize(("name", "family"), [
    pytest.param(name, family, marks=() if (name, family) == QUICK else pytest.mark.slow)
    for name in DESIGNS for family in ("ecp5", "ice40")
])
def test_the_netlist_of_a_design_does_what_its_rtl_does(name, family):
    design = DESIGNS[name]
    check = check_netlist(design, design.presets["tiny"], family, seed=4)
    assert check.failures == []
    assert all(part.outputs and not part.mismatches for part in (*check.rtl, *check.netlist))


@pytest.mark.slow
@pytest.mark.parametrize("family", ["ecp5", "ice40"])
@pytest.mark.parametrize(("name", "preset"), [("vitality", "icebreaker")])
def test_the_netlist_of_a_larger_size(name, preset, family):
    design = DESIGNS[name]
    assert check_netlist(design, design.presets[preset], family, seed=5, jobs=4).failures == []


def swap_functions(netlist):
    """Two tables that have each other's function: those behind two ports, since some tables matter but to faults."""
    table = r"LUT4 #\(\s*\.INIT\(16'h(\w{{4}})\)\s*\) \w+ \([^;]*\.Z\({}\)"
    one, other = (re.search(table.format(port), netlist) for port in ("i__ready", "o__valid"))
    for table, function in ((one, other[1]), (other, one[1])):
        netlist = netlist[: table.start(1)] + function + netlist[table.end(1) :]
    return netlist


def tie_a_register(netlist):
    """One flip-flop that holds its first value for ever: the last one, whose input is tied low."""
    at = netlist.rindex("TRELLIS_FF")
    return netlist[:at] + re.sub(r"\.DI\(\w+\)", ".DI(1'h0)", netlist[at:], count=1)


def drop_carries(netlist):
    """Adders whose carries get lost: all of them, since the first may be of a counter that stays small."""
    return re.sub(r"(CCU2C #.*?\.CIN)\(n\d+\)", r"\1(1'h0)", netlist, flags=re.DOTALL)


def never_write(netlist):
    """A memory in tables that nobody writes."""
    return re.sub(r"(TRELLIS_DPR16X4 #.*?\.WRE)\(\w+\)", r"\1(1'h0)", netlist, count=1, flags=re.DOTALL)


@pytest.mark.parametrize("family, cells", [("ecp5", {"lut4", "ccu2c", "lutram"}), ("ice40", {"lut4", "carry"})])
def test_the_netlist_of_a_toy_is_right(family, cells):
    check = check_netlist(TOY, TOY.presets["tiny"], family, jobs=6)
    assert check.failures == [] and all(getattr(check.cells, name) for name in cells)


@pytest.mark.parametrize("change", [swap_functions, tie_a_register, drop_carries, never_write])
def test_a_broken_netlist_is_found(change):
    def changed(netlist):
        broken = change(netlist)
        assert broken != netlist
        return broken

    check = check_netlist(TOY, TOY.presets["tiny"], "ecp5", jobs=6, change=changed)
    assert all(part.passed for part in check.rtl)
    assert any(text.startswith("netlist, ") for text in check.failures)
