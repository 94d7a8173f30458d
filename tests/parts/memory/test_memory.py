"""The memories: what was written is read, on time; and what a block RAM costs on ECP5."""

import random

import pytest
from amaranth.hdl import Shape
from amaranth.lib import data

from attnforge.fpga.flow.cells import Cells
from attnforge.fpga.flow.synthesis import synthesise
from attnforge.gen.emission.emit import emit
from attnforge.hdl.parts.memory.ram import Ram, Table, address_bits
from tests.parts.pysim import trace


@pytest.mark.parametrize("depth, bits", [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (512, 9), (513, 10)])
def test_address_bits(depth, bits):
    assert address_bits(depth) == bits


@pytest.mark.parametrize("bits, depth", [(8, 16), (1, 1), (13, 1), (7, 2), (36, 5), (40, 33)])
def test_ram(bits, depth):
    """Random reads and writes in the same cycles; the word stays until the next read."""
    rng = random.Random(bits * depth)
    dut = Ram(bits, depth, "test")
    content, word = {}, 0
    inputs, wanted = [], []
    for _ in range(300):
        write, address, value = rng.random() < 0.6, rng.randrange(depth), rng.getrandbits(bits)
        readable = sorted(set(content) - ({address} if write else set()))
        read = bool(readable) and rng.random() < 0.6
        r_address = rng.choice(readable) if read else rng.randrange(depth)
        inputs.append({"w_en": write, "w_address": address, "w_data": value, "r_en": read, "r_address": r_address})
        word = content[r_address] if read else word
        wanted.append(word)
        if write:
            content[address] = value
    assert trace(dut, inputs, ["r_data"], drain=dut.latency)["r_data"][dut.latency :] == wanted


def test_ram_of_fields():
    layout = data.StructLayout({"a": Shape(5, True), "b": data.ArrayLayout(3, 2)})
    words = [{"a": -16, "b": [1, 7]}, {"a": 15, "b": [0, 2]}, {"a": -1, "b": [5, 5]}]
    inputs = [{"w_en": 1, "w_address": at, "w_data": word} for at, word in enumerate(words)]
    inputs += [{"w_en": 0, "r_en": 1, "r_address": at} for at in (2, 0, 1)]
    dut = Ram(layout, 3, "test")
    seen = trace(dut, inputs, ["r_data"], drain=dut.latency)["r_data"]
    assert seen[3 + dut.latency :] == [words[2], words[0], words[1]]


@pytest.mark.parametrize("r_address", [2, 3])
def test_reading_what_is_being_written_stops_the_simulation(r_address):
    inputs = [{"w_en": 1, "w_address": 2, "w_data": 1, "r_en": 1, "r_address": r_address}]
    if r_address != 2:
        trace(Ram(8, 4, "test"), inputs, ["r_data"], drain=2)
        return
    with pytest.raises(AssertionError, match="a word is read while it is written"):
        trace(Ram(8, 4, "test"), inputs, ["r_data"], drain=2)


@pytest.mark.parametrize("bits, depth, readers", [(8, 8, 1), (1, 1, 1), (5, 3, 2), (12, 6, 4)])
def test_table(bits, depth, readers):
    """Every port reads without latency; a word is there the cycle after it was written."""
    rng = random.Random(bits * depth)
    dut = Table(bits, depth, readers)
    content = [0] * depth
    ports = [f"r_data{reader}" for reader in range(readers)]
    inputs, wanted = [], {port: [] for port in ports}
    for _ in range(150):
        row = {"w_en": rng.random() < 0.5, "w_address": rng.randrange(depth), "w_data": rng.getrandbits(bits)}
        for reader in range(readers):
            address = row["w_address"] if rng.random() < 0.3 else rng.randrange(depth)
            row[f"r_address{reader}"] = address
            wanted[f"r_data{reader}"].append(content[address])
        if row["w_en"]:
            content[row["w_address"]] = row["w_data"]
        inputs.append(row)
    seen = trace(dut, inputs, ports, drain=dut.latency)
    assert {port: values[dut.latency :] for port, values in seen.items()} == wanted


@pytest.mark.parametrize("bits, depth, blocks", [(36, 512, 1), (72, 300, 2), (27, 2048, 3)])
def test_ram_costs_blocks_and_nothing_else_on_ecp5(bits, depth, blocks):
    verilog = emit(Ram(bits, depth, "test"), "memory_cost", target="ecp5").verilog
    assert synthesise(verilog, "memory_cost").cells == Cells(ebr=blocks)


@pytest.mark.parametrize("memory, blocks", [(Ram(25, 200, "test"), 2), (Ram(5, 513, "test"), 2), (Table(14, 32, 2), 2)],
                         ids=["words of 16 bits", "words of 4 bits", "table"])
def test_memories_cost_blocks_and_nothing_else_on_ice40(memory, blocks):
    verilog = emit(memory, "memory_cost", target="ice40").verilog
    assert synthesise(verilog, "memory_cost", family="ice40").cells == Cells(ebr=blocks)
