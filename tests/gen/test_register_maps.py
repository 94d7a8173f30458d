"""No register map changes unseen: drivers and bitstreams of different times must know each other by VERSION."""

import pytest

from attnforge.gen.registry import DESIGNS
from tests.gen.register_maps import FOLDER, maps

WHAT_TO_DO = (
    "the register map of {name} is not the one in tests/gen/register_maps. If a register has another address, name, "
    "width, range or meaning than in the last release, raise INTERFACE_VERSION in hdl/contract/registers.py, once per "
    "release; then write the files with: python -m tests.gen.register_maps"
)


NAMES = [f"{design.name}_{preset}" for design in DESIGNS.values() for preset in design.presets]


@pytest.mark.parametrize("name", NAMES)
def test_a_map_is_the_literal_one(name):
    path = FOLDER / f"{name}.txt"
    literal = path.read_text() if path.is_file() else ""
    generated = maps()[path]
    changed = sorted(set(literal.splitlines()) ^ set(generated.splitlines()))
    assert generated == literal, f"{WHAT_TO_DO.format(name=name)}; lines that differ: {changed[:6]}"


def test_there_are_no_maps_of_other_presets():
    assert set(FOLDER.glob("*.txt")) <= set(maps())
