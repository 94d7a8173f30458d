"""The stationary multiplier: exact, on time, and the same in all of its bodies."""

import random
from pathlib import Path

import pytest

from attnforge.gen.emission.emit import emit
from attnforge.gen.tools import ToolError
from attnforge.gen.yosys import run_yosys
from attnforge.hdl.parts.arithmetic.multiplier import StationaryMultiplier
from attnforge.hdl.parts.array.systolic import SystolicArray
from tests.parts.pysim import trace

PRIMITIVES = Path(__file__).parents[3] / "sim" / "primitives"
BLOCKS = {"ecp5": "MULT18X18D", "ice40": "SB_MAC16"}

# Initial values differ between the bodies, and are gone after the first swap and `latency` cycles. Two designs that
# agree register by register shrink to one: that proves them equal for all inputs and all times, at any width.
PROOF = """\
hierarchy
proc
flatten inferred dsp
miter -equiv -flatten inferred dsp miter
hierarchy -top miter
setattr -unset init w:*
opt -full
wreduce
opt -full
wreduce
opt -full
sat -verify -seq 1 -prove trigger 0 miter
"""


def extremes(bits):
    low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    return sorted({low, max(low, -1), 0, min(high, 1), high})


def drawn(bits, rng):
    """An extreme or any value of the width."""
    return rng.choice(extremes(bits)) if rng.random() < 0.3 else rng.getrandbits(bits) - (1 << (bits - 1))


@pytest.mark.parametrize("moving_bits, stationary_bits", [(8, 8), (1, 1), (2, 5), (9, 3), (18, 18), (24, 7)])
def test_products(moving_bits, stationary_bits):
    """All pairs of extremes, then random operands; the stationary one is held between its swaps."""
    rng = random.Random(moving_bits)
    dut = StationaryMultiplier(moving_bits, stationary_bits)
    steps = [(a, b, 1) for a in extremes(moving_bits) for b in extremes(stationary_bits)]
    steps += [(drawn(moving_bits, rng), drawn(stationary_bits, rng), rng.random() < 0.3) for _ in range(120)]
    wanted, held = [], 0
    for moving, stationary, swap in steps:
        held = stationary if swap else held
        wanted.append(moving * held)
    inputs = [{"moving": moving, "stationary": stationary, "swap": swap} for moving, stationary, swap in steps]
    assert trace(dut, inputs, ["product"], drain=dut.latency)["product"][dut.latency :] == wanted


def prove_equal(component, target, change=lambda verilog: verilog):
    """Prove a component the same for a target and without one; ``change`` breaks the one with DSP blocks."""
    inferred = emit(component(), "inferred").verilog
    dsp = emit(component(), "dsp", target=target).verilog
    assert BLOCKS[target] in dsp and BLOCKS[target] not in inferred
    texts = (inferred, change(dsp), (PRIMITIVES / f"{target}.v").read_text(encoding="utf-8"))
    run_yosys("".join(f"read_verilog <<END_OF_TEXT\n{text}\nEND_OF_TEXT\n" for text in texts) + PROOF)


@pytest.mark.parametrize("target, moving_bits, stationary_bits", [
    *((target, *sizes) for target in BLOCKS for sizes in ((8, 8), (1, 1), (3, 5), (16, 16))), ("ecp5", 18, 18)
])
def test_both_bodies_are_equal(target, moving_bits, stationary_bits):
    prove_equal(lambda: StationaryMultiplier(moving_bits, stationary_bits), target)


@pytest.mark.parametrize("target", BLOCKS)
def test_both_arrays_are_equal(target):
    prove_equal(lambda: SystolicArray(3, 2, 8, 7, 18), target)


@pytest.mark.parametrize("target, old, new", [
    ("ecp5", '.REG_PIPELINE_CLK("CLK0")', '.REG_PIPELINE_CLK("NONE")'),
    ("ecp5", '.REG_INPUTB_CE("CE1")', '.REG_INPUTB_CE("CE0")'),
    ("ecp5", ".SIGNEDA(1'h1)", ".SIGNEDA(1'h0)"),
    ("ice40", ".PIPELINE_16x16_MULT_REG2(1'h1)", ".PIPELINE_16x16_MULT_REG2(1'h0)"),
    ("ice40", ".BHOLD(", ".AHOLD("),
    ("ice40", ".A_SIGNED(1'h1)", ".A_SIGNED(1'h0)"),
])
def test_the_proof_finds_a_difference(target, old, new):
    def change(verilog):
        assert old in verilog
        return verilog.replace(old, new)

    with pytest.raises(ToolError, match="proof did fail"):
        prove_equal(lambda: StationaryMultiplier(6, 6), target, change)


@pytest.mark.parametrize("sizes", [(19, 4), (4, 19)])
@pytest.mark.parametrize("target", BLOCKS)
def test_too_wide_for_the_block(target, sizes):
    assert BLOCKS[target] not in emit(StationaryMultiplier(*sizes), "wide", target=target).verilog
