"""A driver finds design and config in the words that a core tells of itself: for every preset of every design."""

from dataclasses import replace

import pytest

from attnforge.fpga.host import identify
from attnforge.fpga.host.errors import WrongCore
from attnforge.gen.registry import DESIGNS
from attnforge.hdl.contract.registers import INTERFACE_VERSION, design_registers
from attnforge.hdl.vitality import DESIGN, Config

CORES = [(design, name, config) for design in DESIGNS.values() for name, config in design.presets.items()]
ODD = Config(rows=5, columns=6, dividers=1, key_sum=False, lossy=True, bits=5, out_bits=7, beat_bytes=2, job_slots=11,
             g_bits=9, max_tokens=33, max_head_dim=17, max_value_dim=9, mean_fraction_bits=0, multiplier_bits=13)
OTHER_VERSION = (f"^the core at port has version {{}} of the register maps, this driver {INTERFACE_VERSION >> 16}: "
                 "build its bitstream again with this attnforge, or run the one that built it$")


def reader(design, config, **changed):
    """Reads the constant registers of a core; ``changed`` ones hold something else."""
    words = {each.offset: changed.get(each.name, each.value)
             for each in design_registers(design, config).registers if each.value is not None}
    return lambda addresses: [words.get(address, 0) for address in addresses]


@pytest.mark.parametrize("design, config", [*((design, config) for design, _, config in CORES), (DESIGN, ODD)],
                         ids=[*(f"{design.name}-{name}" for design, name, _ in CORES), "odd"])
def test_design_and_config_are_found(design, config):
    assert identify.identify(reader(design, config), "port") == (design, config, design_registers(design, config))


@pytest.mark.parametrize("changed, message", [
    ({"ID": 0}, "^port is no attnforge core: its ID register holds 0x00000000$"),
    ({"VERSION": 1 << 16}, OTHER_VERSION.format(1)),
    ({"VERSION": (INTERFACE_VERSION >> 16) + 1 << 16}, OTHER_VERSION.format((INTERFACE_VERSION >> 16) + 1)),
    ({"VERSION": INTERFACE_VERSION + 7}, OTHER_VERSION.format(rf"{INTERFACE_VERSION >> 16}\.7")),
    ({"KEY_SUM": 2}, "a configuration that vitality does not know: the word KEY_SUM must be 0 or 1, not 2$"),
    ({"DESIGN_LO": int.from_bytes(b"sang", "little"), "DESIGN_HI": int.from_bytes(b"er\0\0", "little")},
     "^the core at port is of the design 'sanger'; this driver knows vitality"),
    ({"ROWS": 1000}, "^the core at port has a configuration that vitality does not know: rows is a whole number"),
    ({"BEAT_BYTES": 3}, "does not know: beat_bytes is a power of two"),
])
def test_what_is_not_known_is_refused(changed, message):
    with pytest.raises(WrongCore, match=message):
        identify.identify(reader(DESIGN, ODD, **changed), "port")


def test_a_design_must_tell_its_whole_config(monkeypatch):
    silent = replace(DESIGN, config_words=lambda config: {})
    monkeypatch.setitem(identify.DESIGNS, "vitality", silent)
    with pytest.raises(WrongCore, match="the word ROWS is missing"):
        identify.identify(reader(silent, ODD), "port")
