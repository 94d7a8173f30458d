"""Which modules become lines of the table by block."""

from attnforge.fpga.report.hierarchy import Hierarchy

MODULES = {
    "top": {"host": 1, "core": 1, "LUT4": 3},
    "host": {"queue": 1},
    "core": {"array": 1, "loader": 1, "ram": 2},
    "array": {"grid": 1, "feeder": 4, "ram": 1},
    "grid": {"column": 4},
    "column": {"pe": 4},
    "feeder": {"ram": 1},
    **dict.fromkeys(("queue", "loader", "ram", "pe"), {}),
}


def test_what_holds_most_of_the_core_is_opened():
    hierarchy = Hierarchy(MODULES, "top")
    assert hierarchy.opened() == ["top", "core", "array"]
    assert hierarchy.blocks() == {"host": 1, "loader": 1, "ram": 3, "grid": 1, "feeder": 4}


def test_a_grid_stays_one_block():
    hierarchy = Hierarchy(MODULES, "grid")
    assert (hierarchy.opened(), hierarchy.blocks()) == (["grid"], {"column": 4})


def test_a_module_without_instances():
    hierarchy = Hierarchy(MODULES, "pe")
    assert (hierarchy.opened(), hierarchy.blocks()) == (["pe"], {})
