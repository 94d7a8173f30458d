"""The array of TypeFusion elements: exact sums of all types at the latency of the closed form."""

import itertools

import numpy as np
import pytest
from amaranth.sim import Simulator

from attnforge.hdl.ant import Config
from attnforge.hdl.ant.array import TypeFusionArray
from attnforge.hdl.ant.pe import element_latency
from attnforge.hdl.ant.shape import PeShape
from attnforge.hdl.ant.terms import lut_product

SIZES = {"max_m": 9, "max_k": 16, "max_n": 8, "beat_bytes": 4}
KINDS = {
    "int": Config(flint=False, eight_bits=False, unsigned=False, dsp=False, rows=3, columns=5, **SIZES),
    "flint": Config(dsp=False, rows=4, columns=4, **SIZES),
    "all": Config(pot=True, minifloat=True, rows=2, columns=6, **SIZES),
    "float": Config(flint=False, minifloat=True, rows=2, columns=2, **SIZES),
    "one": Config(eight_bits=False, pot=True, rows=1, columns=1, **SIZES),
    "int in DSP blocks": Config(flint=False, eight_bits=False, unsigned=False, rows=3, columns=5, **SIZES),
    "flint in DSP blocks": Config(rows=4, columns=4, **SIZES),
    "signed flint in DSP blocks": Config(unsigned=False, rows=2, columns=4, **SIZES),
    "one in a DSP block": Config(eight_bits=False, rows=1, columns=1, **SIZES),
}


def operand(side, form, codes):
    """Codes as the edges decode them, in NumPy."""
    base, exponent = form.decode(codes)

    def fields(b, e):
        if side.whole:
            return {"value": int(b) << int(e)}
        return {"magnitude": int(abs(b)), "sign": int(b < 0), "exponent": int(e) // side.step}

    return [[fields(b, e) for b, e in zip(*row, strict=True)] for row in zip(base, exponent, strict=True)]


def run(config, tiles, gap=0):
    """Feed tiles of (A, its type, W, its type) through the skewed edges; sums by tile, at the cycles promised."""
    shape = PeShape.of(config)
    rows, columns = config.rows, config.columns
    dut = TypeFusionArray(rows, columns, shape)
    feeds, ends, cycle = [], [], 0
    for a, a_form, w, w_form in tiles:
        left, top = operand(shape.a, a_form, a), operand(shape.w, w_form, w)
        k = a.shape[1]
        cycle = max(cycle, ends[-1] + 2 * rows - k if ends else 0)
        feeds += [
            (cycle + step, [left[r][step] for r in range(rows)], top[step], step == 0, step == k - 1)
            for step in range(k)
        ]
        ends.append(cycle + k - 1)
        cycle += k + gap
    sums = np.zeros((len(tiles), rows, columns), np.int64)

    async def bench(ctx):
        for now in range(cycle + 3 * rows + columns + 10):
            for at, a, w, first, last in feeds:
                for row in range(rows):
                    if at + row == now:
                        ctx.set(dut.a[row], a[row])
                        ctx.set(dut.first[row], int(first))
                        ctx.set(dut.last[row], int(last))
                for column in range(columns):
                    if at + column // 2 == now:
                        ctx.set(dut.w[column], w[column])
            for tile, end in enumerate(ends):
                for row, column in itertools.product(range(rows), range(columns)):
                    if now == end + dut.latency + 2 * row + column // 2:
                        sums[tile, row, column] = ctx.get(dut.sum[column])
            await ctx.tick()
            for row in range(rows):
                ctx.set(dut.first[row], 0)
                ctx.set(dut.last[row], 0)

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return sums


@pytest.mark.parametrize("name", KINDS)
def test_sums_of_all_pairs_of_types_are_exact_tiles_back_to_back(name):
    config = KINDS[name]
    rng = np.random.default_rng(len(name))
    tiles = []
    for a_form, w_form in itertools.product(config.row_digits, config.column_digits):
        k = int(rng.integers(1, config.max_k, endpoint=True))
        tiles.append((rng.integers(0, 16, (config.rows, k)), a_form, rng.integers(0, 16, (k, config.columns)), w_form))
    wanted = [a_form.value(a) @ w_form.value(w) for a, a_form, w, w_form in tiles]
    assert np.array_equal(run(config, tiles), wanted)


@pytest.mark.parametrize("name", KINDS)
def test_extremes_fill_the_accumulator_and_no_more(name):
    config = KINDS[name]
    tiles = []
    for a_form, w_form in itertools.product(config.row_digits, config.column_digits):
        ends = [[int(np.argmin(f.value(range(16)))), int(np.argmax(f.value(range(16))))] for f in (a_form, w_form)]
        tiles += [
            (np.full((config.rows, config.max_k), a), a_form, np.full((config.max_k, config.columns), w), w_form)
            for a, w in itertools.product(*ends)
        ]
    sums = run(config, tiles, gap=1)
    assert np.array_equal(sums, [a_form.value(a) @ w_form.value(w) for a, a_form, w, w_form in tiles])
    assert max(-sums.min() - 1, sums.max()).item().bit_length() + 1 == config.accumulator_bits


@pytest.mark.parametrize("bits", [(1, 1), (3, 4), (4, 4), (4, 3), (2, 5)])
def test_product_without_a_multiplier_is_the_product(bits):
    from amaranth.hdl import Module, Signal

    left, right, o = Signal(bits[0]), Signal(bits[1]), Signal(sum(bits))
    m = Module()
    m.d.comb += o.eq(lut_product(left, right))

    async def bench(ctx):
        for a, b in itertools.product(range(1 << bits[0]), range(1 << bits[1])):
            ctx.set(left, a)
            ctx.set(right, b)
            assert ctx.get(o) == a * b

    simulator = Simulator(m)
    simulator.add_testbench(bench)
    simulator.run()


@pytest.mark.parametrize("fields, latency", [({"dsp": False}, 5), ({"dsp": True}, 6), ({"pot": True}, 5)])
def test_latency_is_that_of_the_body(fields, latency):
    shape = PeShape.of(Config(**fields))
    assert TypeFusionArray(2, 2, shape).latency == element_latency(shape) == latency


def test_two_weights_and_an_activation_fit_a_dsp_block():
    for flint, unsigned, eight_bits in itertools.product([False, True], repeat=3):
        shape = PeShape.of(Config(flint=flint, unsigned=unsigned, eight_bits=eight_bits))
        assert shape.dsp and shape.weights(2).width <= 18 and shape.a.layout.size <= 18
