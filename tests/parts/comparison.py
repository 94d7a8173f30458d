"""Pairs of Verilog modules on the same random inputs, in one simulation: what the tests of the primitives share.

Run by cocotb it plays the clock; imported, it builds the bench.
"""

import os
from dataclasses import dataclass, field

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles

from attnforge.sim.bench.run import run_bench
from attnforge.sim.simulator.build import build

FILL, CYCLES = 2048, 8000  # of which the first write every address of every memory


@dataclass(frozen=True)
class Pair:
    """Two modules that should be the same.

    Attributes
    ----------
    name : str
    first, second : str
        Modules, with their parameters.
    clocks : tuple of str
    inputs : dict of str to (bits, limit)
        Random, or so far random that they stay below the limit, if that is not None.
    outputs : dict of str to int
        Bits of each.
    constants : dict of str to int
    fill : dict of str to int or None
        Inputs while the memories are filled: a constant, or the count of cycles for None.
    """

    name: str
    first: str
    second: str
    clocks: tuple
    inputs: dict
    outputs: dict
    constants: dict = field(default_factory=dict)
    fill: dict = field(default_factory=dict)

    def verilog(self, number):
        """Both instances, what they get, and the bit of ``wrong`` that says that they differ."""
        lines, pins = [], [f".{clock}(clk)" for clock in self.clocks]
        pins += [f".{name}({value})" for name, value in self.constants.items()]
        for name, (bits, limit) in self.inputs.items():
            wire = f"p{number}_{name}"
            random = "{" + ", ".join(["$random"] * (bits // 32 + 1)) + "}"
            random = f"{random} % {limit}" if limit else random
            filling = self.fill.get(name, 0)
            filling = ("cycle" + (f" % {limit}" if limit else "")) if filling is None else filling
            lines.append(f"reg [{bits - 1}:0] {wire} = 0;")
            lines.append(f"always @(posedge clk) {wire} <= cycle < {FILL} ? {filling} : {random};")
            pins.append(f".{name}({wire})")
        for unit, module in enumerate((self.first, self.second)):
            lines += [f"wire [{bits - 1}:0] p{number}_{name}{unit};" for name, bits in self.outputs.items()]
            outs = [f".{name}(p{number}_{name}{unit})" for name in self.outputs]
            lines.append(f"{module} p{number}_unit{unit} ({', '.join([*pins, *outs])});")
        differ = " || ".join(f"p{number}_{name}0 !== p{number}_{name}1" for name in self.outputs)
        lines.append(f"always @(posedge clk) if (cycle > {FILL + 16} && ({differ})) wrong[{number}] <= 1;")
        return "\n".join(lines)


def differences(texts, pairs):
    """Names of the pairs that were not the same in every cycle."""
    bench = [f"module bench(input wire clk, output reg [{len(pairs) - 1}:0] wrong = 0, output wire over);",
             "reg [31:0] cycle = 0;", "always @(posedge clk) cycle <= cycle + 1;", f"assign over = cycle > {CYCLES};",
             *(pair.verilog(number) for number, pair in enumerate(pairs)), "endmodule"]
    built = build("\n".join([*texts, *bench]), "bench", ports=("clk", "wrong", "over"))
    found = run_bench(built, __name__)
    if not found:
        return []
    message, = found
    assert "wrong=" in message, message
    wrong = int(message.split("wrong=")[1].split()[0])
    return [pair.name for number, pair in enumerate(pairs) if wrong >> number & 1]


if "COCOTB_TEST_MODULES" in os.environ:

    @cocotb.test()
    async def the_pairs_are_the_same(dut):
        """Play the clock until the bench is over."""
        Clock(dut.clk, 10, unit="ns").start()
        await ClockCycles(dut.clk, CYCLES + 4)
        assert int(dut.over.value)
        wrong = int(dut.wrong.value)
        assert wrong == 0, f"wrong={wrong} "
