"""The model of the ECP5's block RAM against a plain list of bits: every pair of widths, every mode of both ports."""

import random
from itertools import product

import pytest

from attnforge.sim.bench.run import SimulationError, run_trace
from attnforge.sim.simulator.build import SIM, build

MODEL = (SIM / "primitives" / "ecp5_dp16kd.v").read_text()
WIDTHS = (1, 2, 4, 9, 18, 36)
MODES = ("NORMAL", "READBEFOREWRITE", "WRITETHROUGH")
REGISTERS = ("NOREG", "OUTREG")
# Each pair of widths, with the modes changing from pair to pair so that every one meets every other.
BLOCKS = [(a, b, MODES[k % 3], MODES[k // 3 % 3], REGISTERS[k % 2], REGISTERS[k // 2 % 2])
          for k, (a, b) in enumerate(product(WIDTHS, WIDTHS))]
INPUTS = {f"{pin}_{port}": bits for port in "ab"
          for pin, bits in (("ad", 14), ("di", 18), ("ce", 1), ("oce", 1), ("we", 1), ("rst", 1))}
BITS = 2048 * 9


def pins(port, number):
    wires = [f".{pin}{port}{bit}({pin.lower()}_{port.lower()}[{bit}])" for pin, bits in (("DI", 18), ("AD", 14))
             for bit in range(bits)]
    wires += [f".DO{port}{bit}(out{number}_{port.lower()}[{bit}])" for bit in range(18)]
    return ", ".join(wires + [f".CS{port}{bit}(1'b0)" for bit in range(3)] + [f".CLK{port}(clk)"])


def block(number, a, b, mode_a, mode_b, register_a, register_b, content, **more):
    parameters = {"DATA_WIDTH_A": a, "DATA_WIDTH_B": b, "WRITEMODE_A": f'"{mode_a}"', "WRITEMODE_B": f'"{mode_b}"',
                  "REGMODE_A": f'"{register_a}"', "REGMODE_B": f'"{register_b}"', **more}
    for index in range(64):
        words = [content >> 18 * (16 * index + at) & 0x3FFFF for at in range(16)]
        parameters[f"INITVAL_{index:02X}"] = f"320'h{sum(word << 20 * at for at, word in enumerate(words)):x}"
    wires = [f".CE{p}(ce_{q}), .OCE{p}(oce_{q}), .RST{p}(rst_{q})" for p, q in (("A", "a"), ("B", "b"))]
    wires += [f".WEA({'ce_a' if a == 36 else 'we_a'}), .WEB({0 if b == 36 else 'we_b'})"]
    return (f"  DP16KD #({', '.join(f'.{name}({value})' for name, value in parameters.items())}) block{number}\n"
            f"    ({pins('A', number)},\n    {pins('B', number)},\n    {', '.join(wires)});\n")


def top(blocks):
    names = [f"out{number}_{port}" for number in range(len(blocks)) for port in "ab"]
    ports = [f"input wire [{bits - 1}:0] {name}" for name, bits in INPUTS.items()]
    ports += [f"output wire [17:0] {name}" for name in names]
    return f"module blocks(input wire clk, {', '.join(ports)});\n{''.join(blocks)}endmodule\n", names


def word(width, address):
    """Places of a word's bits in 2048 bytes of nine; below nine bits a byte has only eight."""
    if width < 9:
        first = address >> width.bit_length() - 1 << width.bit_length() - 1
        return [9 * (bit // 8) + bit % 8 for bit in range(first, first + width)]
    first = address >> 3 & -(width // 9)
    return [9 * first + bit for bit in range(width)]


class Plain:
    """One block as a list of bits."""

    def __init__(self, widths, modes, registers, content):
        self.bits = [content >> place & 1 for place in range(BITS)]
        self.widths, self.modes, self.registers = widths, modes, registers
        self.words, self.outs = [0, 0], [0, 0]

    def written(self, port, row, at):
        """What a port writes: value by place."""
        width = self.widths[port]
        writes = row[f"ce_{at}"] and (width == 36 and not port or width < 36 and row[f"we_{at}"])
        if not writes or row[f"rst_{at}"]:
            return {}
        data = row["di_a"] | row["di_b"] << 18 if width == 36 else row[f"di_{at}"]
        address = row[f"ad_{at}"]
        return {place: data >> bit & 1 for bit, place in enumerate(word(width, address))
                if width < 18 or address >> bit // 9 & 1}

    def step(self, row):
        """The outputs before the edge, then the edge."""
        wide = self.widths[1] == 36
        seen = [self.shown(1) & 0x3FFFF, self.shown(1) >> 18] if wide else [self.shown(0) & 0x3FFFF, self.shown(1)]
        writes = [self.written(0, row, "a"), self.written(1, row, "b")]
        words = list(self.words)
        for port, at in enumerate("ab"):
            mine, other = writes[port], writes[1 - port]
            writing = row[f"we_{at}"] if self.widths[port] < 36 else not port
            if row[f"rst_{at}"]:
                words[port] = 0
            elif row[f"ce_{at}"] and (not writing or self.modes[port] != "NORMAL"):
                words[port] = 0
                for bit, place in enumerate(word(self.widths[port], row[f"ad_{at}"])):
                    value = self.bits[place]
                    if writing and self.modes[port] == "WRITETHROUGH":
                        value = mine.get(place, value)
                    words[port] |= (value ^ (place in other)) << bit
            if row[f"rst_{at}"]:
                self.outs[port] = 0
            elif row[f"oce_{at}"]:
                self.outs[port] = self.words[port]
        self.words = words
        for mine in writes:
            for place, value in mine.items():
                self.bits[place] = value
        return seen

    def shown(self, port):
        return self.outs[port] if self.registers[port] == "OUTREG" else self.words[port]


def rows(count, rng):
    """Random pins, in few places so that words are met again; both ports never write one place at once."""
    for _ in range(count):
        row = {name: rng.getrandbits(bits) for name, bits in INPUTS.items()}
        for at in "ab":
            row[f"ad_{at}"] &= rng.choice((0x7F, 0x207F))
            row[f"ce_{at}"] = int(rng.random() < 0.8)
            row[f"rst_{at}"] = int(rng.random() < 0.05)
        if row["ad_a"] >> 5 == row["ad_b"] >> 5 and row["ce_a"]:
            row["we_b"] = 0
        yield row


def test_every_pair_of_widths_in_every_mode():
    rng = random.Random(5)
    content = rng.getrandbits(BITS)
    verilog, names = top([block(number, *each, content) for number, each in enumerate(BLOCKS)])
    built = build(verilog, "blocks", ports=["clk", *INPUTS, *names], cells=[MODEL])
    plain = [Plain(each[:2], each[2:4], each[4:], content) for each in BLOCKS]
    played = list(rows(800, rng))
    seen = run_trace(built, played, names, INPUTS)
    for cycle, row in enumerate(played):
        for number, each in enumerate(plain):
            got = [seen[f"out{number}_{port}"][cycle] for port in "ab"]
            assert got == each.step(row), (cycle, BLOCKS[number])


@pytest.mark.parametrize(("more", "row", "message"), [
    ({"CSDECODE_B": '"0b001"'}, {}, "a mode that the model does not know"),
    ({"RESETMODE": '"ASYNC"'}, {"rst_b": 1}, "nor an asynchronous reset"),
])
def test_what_the_model_does_not_know_stops_the_simulation(more, row, message):
    verilog, names = top([block(0, 9, 9, "NORMAL", "NORMAL", "NOREG", "NOREG", 0, **more)])
    built = build(verilog, "blocks", ports=["clk", *INPUTS, *names], cells=[MODEL])
    with pytest.raises(SimulationError, match=message):
        run_trace(built, [row] * 4, names, INPUTS)
