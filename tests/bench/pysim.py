"""The core in Amaranth's simulator: slow, but no build, and its memories assert that nobody reads what is written."""

import dataclasses

import numpy as np
from amaranth.sim import Simulator

from attnforge.hdl.contract.registers import design_registers
from attnforge.hdl.numeric import pack, unpack

MOST_CYCLES = 100_000


def simulate(design, config, jobs, *, seed=0, idle=0.0, backpressure=0.0):
    """Run jobs back to back and compare all results with the model.

    Parameters
    ----------
    design : Design
    config : Config
    jobs : sequence of (job, operands) or (job, operands, beats)
        With ``beats`` the operand stream ends after so many beats, early or late: a job without results.
    seed : int
    idle, backpressure : float

    Returns
    -------
    list of int
        Cycles of the ``last`` beats.
    """
    dut, registers = design.top(config), design_registers(design, config)
    rng = np.random.default_rng(seed)
    streams, good = [], []
    for job, operands, *beats in jobs:
        data = pack(design.operand_segments(config, job), operands, config.beat_bytes)
        streams.append(np.resize(data, (beats[0], config.beat_bytes)) if beats else data)
        if not beats or beats[0] == len(data):
            good.append((job, operands))
    beats_out, ends, cycle = [], [], [0]

    async def clock(ctx):
        async for _ in ctx.tick():
            cycle[0] += 1

    async def write(ctx, name, value):
        ctx.set(dut.csr.addr, registers[name].offset)
        ctx.set(dut.csr.w_data, int(value))
        ctx.set(dut.csr.w_en, 1)
        await ctx.tick()
        ctx.set(dut.csr.w_en, 0)

    async def host(ctx):
        for job, *_ in jobs:
            ctx.set(dut.csr.addr, registers["STATUS"].offset)
            ctx.set(dut.csr.r_en, 1)
            while True:  # until a slot is free
                await ctx.tick().repeat(2)
                if ctx.get(dut.csr.r_data) >> 8 & 0xFF:
                    break
            ctx.set(dut.csr.r_en, 0)
            for name, value in dataclasses.asdict(job).items():
                await write(ctx, name.upper(), value)
            await write(ctx, "CONTROL", 1)

    async def source(ctx):
        for data in streams:
            for number, beat in enumerate(data):
                while rng.random() < idle:
                    await ctx.tick()
                ctx.set(dut.i.payload, {"data": beat.tolist(), "last": number == len(data) - 1})
                ctx.set(dut.i.valid, 1)
                await ctx.tick().until(dut.i.ready)
                ctx.set(dut.i.valid, 0)

    async def sink(ctx):
        while len(ends) < len(good):
            ctx.set(dut.o.ready, rng.random() >= backpressure)
            if ctx.get(dut.o.valid) and ctx.get(dut.o.ready):
                payload = ctx.get(dut.o.payload)
                beats_out.append(list(payload["data"]))
                if payload["last"]:
                    ends.append((len(beats_out), cycle[0]))
            assert cycle[0] < MOST_CYCLES, f"{len(ends)} of {len(good)} jobs have left"
            await ctx.tick()
        ctx.set(dut.o.ready, 1)
        for _ in range(50):
            assert not ctx.get(dut.o.valid), "a beat after the end"
            await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_process(clock)
    simulator.add_testbench(host, background=True)
    simulator.add_testbench(source, background=True)
    simulator.add_testbench(sink)
    simulator.run()
    start = 0
    results = np.array(beats_out, np.uint8).reshape(-1, config.beat_bytes)
    for number, ((job, operands), (stop, _)) in enumerate(zip(good, ends, strict=True)):
        wanted = design.model(config, job, operands)
        for name, got in unpack(design.result_segments(config, job), results[start:stop]).items():
            np.testing.assert_array_equal(got, wanted[name], err_msg=f"job {number}: {job}")
        start = stop
    return [end for _, end in ends]
