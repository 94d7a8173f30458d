"""A value term times the row's factor: exact at all ends of both; the largest product is that of the two least."""

from itertools import product

import pytest
from amaranth.sim import Simulator

from attnforge.hdl.vitality import PRESETS, Config
from attnforge.hdl.vitality.diagonal_scale import RowTerm

CONFIGS = {"tiny": PRESETS["tiny"], **{f"{bits} bits": Config(bits=bits, out_bits=bits) for bits in (4, 8, 16)}}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_products_are_exact_at_the_ends(config):
    dut = RowTerm(config)
    limit = 1 << config.value_term_bits - 1
    terms = (-limit, 1 - limit, -1, 0, 1, (1 << 17) - 1, 1 << 17, limit - 1)
    factors = (config.factor.min, config.factor.min + 1, -1, 0, 1, config.factor.max)
    pairs = [pair for pair in product(terms, factors) if -limit <= pair[0] < limit]
    found = []

    async def bench(ctx):
        for term, factor in [*pairs, *[(0, 0)] * RowTerm.latency]:
            ctx.set(dut.term, term)
            ctx.set(dut.factor, factor)
            await ctx.tick()
            found.append(ctx.get(dut.o))

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    wanted = [term * factor >> config.factor_fraction_bits for term, factor in pairs]
    assert found[RowTerm.latency - 1 :][: len(pairs)] == wanted
