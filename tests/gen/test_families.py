"""The generic text in every FPGA family that yosys 0.69 knows: memories find a place, and whole flows go through.

Left out: achronix, whose flow refuses registers with an initial value; intel (Cyclone IV, experimental), which stops at
any table of constants that is as large as a block; easic, which needs a library of the vendor's.
"""

import re
from dataclasses import dataclass

import pytest

from attnforge.gen.emission.emit import emit, emit_design
from attnforge.gen.request import resolve
from attnforge.gen.yosys import run_yosys
from attnforge.hdl.parts.memory.ram import Ram

DESIGNS = ("vitality", "ant", "dense")


@dataclass(frozen=True)
class Family:
    """A flow of yosys.

    Attributes
    ----------
    command : str
    maps : str
        The step of the flow that maps memories.
    block : str
        The family's block RAM; empty where it has none.
    slow : bool
        Reading its library takes 10 s or more.
    """

    command: str
    maps: str
    block: str
    slow: bool = False


FAMILIES = {
    "analogdevices": Family("synth_analogdevices", "map_memory", "RBRAM2"),
    "anlogic": Family("synth_anlogic", "map_ram", "EG_PHY_BRAM32K"),
    "ecp5": Family("synth_ecp5", "map_ram", "DP16KD"),
    "efinix": Family("synth_efinix", "map_ram", "EFX_RAM_5K"),
    "fabulous": Family("synth_fabulous", "map_memory", ""),
    "gatemate": Family("synth_gatemate", "map_bram", "CC_BRAM_40K"),
    "gowin": Family("synth_gowin", "map_ram", "DPX9B"),
    "ice40": Family("synth_ice40", "map_ram", "SB_RAM40_4K"),
    "intel_alm": Family("synth_intel_alm", "map_bram", "MISTRAL_M10K"),
    "machxo2": Family("synth_lattice -family xo2", "map_ram", "DP8KC"),
    "microchip": Family("synth_microchip", "map_memory", "RAM1K20", slow=True),
    "nanoxplore": Family("synth_nanoxplore", "map_ram", "NX_RAM", slow=True),
    "nexus": Family("synth_nexus", "map_ram", "PDPSC16K"),
    "quicklogic": Family("synth_quicklogic -family qlf_k6n10f", "map_bram", "TDP36K"),
    "xilinx": Family("synth_xilinx", "map_memory", "RAMB36E1"),
}


def parametrised():
    slow = pytest.mark.slow
    return pytest.mark.parametrize("family", [pytest.param(family, id=name, marks=slow if family.slow else ())
                                              for name, family in FAMILIES.items()])


@pytest.fixture(scope="module")
def memories():
    """RTLIL of all modules with a memory of the tiny presets, as they come to the step that maps memories.

    Beside them a memory as large as a block, of 2,048 words of 16 bits.
    """
    texts = [emit_design(resolve(design, preset="tiny")).verilog for design in DESIGNS]
    texts.append(emit(Ram(16, 2048, "test"), "big").verilog)
    rtlil = run_yosys("".join(f"read_verilog <<verilog\n{text}\nverilog\n" for text in texts)
                      + "proc\nopt\nmemory -nomap\nopt_clean\ndelete t:$mem_v2 %m %n\nwrite_rtlil\n")
    assert len(re.findall(r"^  cell \$mem_v2 ", rtlil, re.MULTILINE)) > 30
    return rtlil


@parametrised()
def test_every_memory_finds_a_place(memories, family):
    """No memory is refused, and what is as large as a block becomes blocks, without registers for its words."""
    steps = f"{family.command} -top big -run {family.maps}:map_ffram"
    rtlil = run_yosys(f"read_rtlil <<rtlil\n{memories}\nrtlil\n{steps}\nopt_clean\nselect big\nwrite_rtlil -selected\n")
    cells = re.findall(r"^  cell (\S+)", rtlil, re.MULTILINE)
    assert (rf"\{family.block}" if family.block else "$mem_v2") in cells
    assert sum(cell.startswith("$dff") for cell in cells) <= 1, "an enable kept beside the block, not words"


@pytest.mark.slow
@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("command", [*(family.command for family in FAMILIES.values()), "synth_sf2",
                                     "synth_quicklogic -family pp3"])
def test_whole_flow(command, design):
    request = resolve(design, preset="tiny")
    text = emit_design(request).verilog
    run_yosys(f"read_verilog <<verilog\n{text}\nverilog\n{command} -top {request.name}\ncheck -assert\n")
