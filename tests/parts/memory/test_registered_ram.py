"""Block RAM with registers behind it: the same words on every target, on time, and no cells beside it on ECP5."""

import random

import pytest

from attnforge.fpga.flow.cells import Cells
from attnforge.fpga.flow.synthesis import synthesise
from attnforge.gen.emission.emit import emit
from attnforge.hdl.parts.memory.ram import address_bits
from attnforge.hdl.parts.memory.registered_ram import DeepRam, RegisteredRam, slice_depth
from attnforge.hdl.parts.vendor.ecp5 import RAM_SHAPES
from attnforge.sim.bench.run import run_trace
from attnforge.sim.simulator.build import PRIMITIVES, build
from tests.parts.pysim import trace

# Every mode of the ECP5's block, alone and side by side; slices of equal and of different depths; a LUT RAM.
PARTS = [
    *((RegisteredRam, bits, depth, blocks)
      for bits, depth, blocks in ((40, 500, 2), (36, 33, 1), (18, 513, 1), (20, 1024, 2), (9, 2048, 1), (3, 4000, 1),
                                  (2, 8192, 1), (3, 9000, 3), (7, 32, 0))),
    *((DeepRam, bits, depth, blocks)
      for bits, depth, blocks in ((36, 1200, 3), (4, 24576, 6), (9, 2048, 1), (5, 20000, 8))),
]  # fmt: skip


def jobs(dut, rng, count):
    """Random reads and writes, no word read while it is written: rows of inputs, and the word after each."""
    content, word = {}, None
    rows, words = [], []
    places = [rng.randrange(dut.depth) for _ in range(12)] + [0, dut.depth - 1]
    bits = dut.shape
    for _ in range(count):
        write, address, value = rng.random() < 0.6, rng.choice(places), rng.getrandbits(bits)
        readable = sorted(set(content) - ({address} if write else set()))
        read = bool(readable) and rng.random() < 0.6
        r_address = rng.choice(readable) if read else rng.randrange(dut.depth)
        rows.append({"w_en": int(write), "w_address": address, "w_data": value, "r_en": int(read),
                     "r_address": r_address})  # fmt: skip
        word = content[r_address] if read else word
        words.append(word)
        if write:
            content[address] = value
    return rows, words


def checked(seen, words, latency):
    """Compare from the first read on."""
    pairs = [(got, word) for got, word in zip(seen[latency:], words, strict=False) if word is not None]
    assert len(pairs) > len(words) // 2
    assert all(got == word for got, word in pairs)


@pytest.mark.parametrize(
    "kind, bits, depth", [(RegisteredRam, 8, 16), (RegisteredRam, 40, 3), (DeepRam, 5, 1), (DeepRam, 7, 50)]
)
def test_words_come_on_time(kind, bits, depth):
    dut = kind(bits, depth, "test")
    rows, words = jobs(dut, random.Random(bits), 300)
    checked(trace(dut, rows, ["r_data"], drain=dut.latency)["r_data"], words, dut.latency)


def test_words_come_on_time_from_the_blocks_of_the_ecp5():
    rng = random.Random(3)
    texts, instances, ports, inputs, played, wanted = [], [], [], {}, [{} for _ in range(400)], {}
    for number, (kind, bits, depth, _) in enumerate(PARTS):
        dut = kind(bits, depth, "test")
        text = emit(dut, f"part{number}", target="ecp5").verilog
        texts.append(text)
        place = address_bits(depth)
        sizes = {"w_en": 1, "w_address": place, "w_data": bits, "r_en": 1, "r_address": place}
        inputs |= {f"{name}{number}": size for name, size in sizes.items()}
        ports.append(f"output wire [{bits - 1}:0] r_data{number}")
        pins = ", ".join(f".{name}({name}{number})" for name in (*sizes, "r_data"))
        instances.append(f"part{number} unit{number}(.clk(clk), {pins});")
        rows, words = jobs(dut, rng, 400 - dut.latency)
        for row, values in zip(played, rows + [{**rows[-1], "w_en": 0, "r_en": 0}] * dut.latency, strict=True):
            row |= {f"{name}{number}": value for name, value in values.items()}
        wanted[f"r_data{number}"] = words, dut.latency
    ports += [f"input wire [{size - 1}:0] {name}" for name, size in inputs.items()]
    top = f"module parts(input wire clk, {', '.join(ports)});\n" + "\n".join(instances) + "\nendmodule\n"
    built = build("\n".join([*texts, top]), "parts", ports=["clk", *inputs, *wanted], target="ecp5")
    seen = run_trace(built, played, list(wanted), inputs)
    for name, (words, latency) in wanted.items():
        checked(seen[name], words, latency)


@pytest.mark.parametrize("kind, bits, depth, blocks", [part for part in PARTS if part[0] is RegisteredRam and part[3]])
def test_a_registered_ram_costs_blocks_and_nothing_else(kind, bits, depth, blocks):
    verilog = emit(kind(bits, depth, "test"), "memory_cost", target="ecp5").verilog
    assert synthesise(verilog, "memory_cost").cells == Cells(ebr=blocks)


@pytest.mark.parametrize("kind, bits, depth, blocks", [part for part in PARTS if part[0] is DeepRam])
def test_a_deep_ram_has_a_register_behind_the_choice_alone(kind, bits, depth, blocks):
    cells = synthesise(emit(kind(bits, depth, "test"), "memory_cost", target="ecp5").verilog, "memory_cost").cells
    slices = -(-depth // slice_depth(bits, depth, RAM_SHAPES))
    assert cells.ebr == blocks
    assert cells.ff == bits + (2 * address_bits(slices) if slices > 1 else 0)


def test_slices_are_as_deep_as_costs_no_block():
    assert slice_depth(4, 24576, RAM_SHAPES) == 8192
    assert slice_depth(36, 1200, RAM_SHAPES) == 512
    assert slice_depth(4, 300, RAM_SHAPES) == 300
    assert slice_depth(5, 70000, ()) == 70000


def test_the_blocks_have_models():
    assert {path.name for path in PRIMITIVES["ecp5"]} >= {"ecp5.v", "ecp5_dp16kd.v"}
