"""The register port of the front end: every register, every refusal, errors that stay, soft reset."""

import pytest

from tests.parts.host.host_bench import FIELDS, Bench, front_end

GOOD = {"length": 5, "addend": 7, "any": 9}


def run(process, slots=3):
    bench = Bench(front_end(slots))

    async def testbench(ctx):
        await process(ctx, bench, bench.dut)

    bench.run(testbench)


async def take_job(ctx, dut):
    """Take the job that is on offer; returns its payload as a dict, or None."""
    job = dut.job
    if not ctx.get(job.valid):
        return None
    taken = {name: ctx.get(job.payload[name]) for name in ("slot", *(f.name for f in FIELDS))}
    ctx.set(job.ready, 1)
    await ctx.tick()
    ctx.set(job.ready, 0)
    return taken


def test_constants_read_as_described_and_the_rest_as_zero():
    async def process(ctx, bench, dut):
        readable = {r.offset: r for r in dut.registers.registers if r.access == "r"}
        for offset in range(0, 4096, 4):
            word = await bench.read(ctx, offset)
            if offset not in readable:
                assert word == 0, hex(offset)
            elif readable[offset].value is not None:
                assert word == readable[offset].value, readable[offset].name

    run(process)


def test_status_follows_the_jobs():
    async def process(ctx, bench, dut):
        async def status():
            return [await bench.field(ctx, "STATUS", name) for name in ("BUSY", "FREE_SLOTS", "NEXT_NUMBER", "FAILED")]

        assert await status() == [0, 3, 1, 0]
        await bench.start(ctx, **GOOD)
        assert await status() == [1, 2, 2, 0]
        await bench.control(ctx, start=1)
        await take_job(ctx, dut)
        assert await status() == [1, 1, 3, 0]
        await bench.retire(ctx)
        assert await status() == [1, 2, 3, 0]
        await bench.retire(ctx)
        assert await status() == [0, 3, 3, 0]
        assert await bench.read(ctx, "JOB_NUMBER") == 2

    run(process)


@pytest.mark.parametrize("slots", [1, 2, 3, 4, 5])
def test_start_copies_the_registers(slots):
    async def process(ctx, bench, dut):
        await bench.start(ctx, **GOOD)
        assert ctx.get(dut.job.valid)  # start_latency is 1: in the cycle after the write
        jobs = [GOOD]
        for k in range(1, 2 * slots + 1):
            change = {"addend": 20 + k} if k % 2 else {"any": k % 16, "length": 10 + k}
            for name, value in change.items():
                await bench.write(ctx, name.upper(), value)
            if k >= slots:
                assert await take_job(ctx, dut) == {"slot": (k - slots) % slots, **jobs[k - slots]}
                await bench.retire(ctx)
            await bench.control(ctx, start=1)
            jobs.append({**jobs[-1], **change})
        assert await bench.error(ctx) == ("NONE", 0)

    run(process, slots)


def test_starts_in_every_cycle():
    async def process(ctx, bench, dut):
        await bench.start(ctx, **GOOD)
        await bench.control(ctx, start=1)
        await bench.control(ctx, start=1)
        assert [(await take_job(ctx, dut))["slot"] for _ in range(3)] == [0, 1, 2]
        assert await take_job(ctx, dut) is None

    run(process)


@pytest.mark.parametrize("index", range(3))
@pytest.mark.parametrize("side", ["low", "high"])
def test_start_refuses_what_is_out_of_range(index, side):
    field = FIELDS[index]
    value = field.low - 1 if side == "low" else field.high + 1
    if not 0 <= value < 1 << field.bits:
        pytest.skip("every value that the register holds is in range")

    async def process(ctx, bench, dut):
        await bench.start(ctx, **GOOD)
        await bench.start(ctx, **{field.name: value})
        assert await bench.error(ctx) == (f"FIELD_{field.name.upper()}", 2)
        assert await bench.field(ctx, "STATUS", "NEXT_NUMBER") == 2
        await bench.start(ctx, **{field.name: getattr(field, side)})
        assert await bench.field(ctx, "STATUS", "NEXT_NUMBER") == 3
        assert await bench.error(ctx) == (f"FIELD_{field.name.upper()}", 2)
        assert (await take_job(ctx, dut))[field.name] == GOOD[field.name]
        assert (await take_job(ctx, dut))[field.name] == getattr(field, side)

    run(process)


def test_the_first_error_stays_until_cleared():
    async def process(ctx, bench, dut):
        await bench.start(ctx, **{**GOOD, "addend": 0})
        await bench.start(ctx, addend=7, length=0)
        assert await bench.error(ctx) == ("FIELD_ADDEND", 1)
        assert await bench.field(ctx, "STATUS", "FAILED") == 1
        await bench.control(ctx, clear_error=1)
        assert await bench.error(ctx) == ("NONE", 0)
        await bench.control(ctx, start=1)
        assert await bench.error(ctx) == ("FIELD_LENGTH", 1)
        await bench.write(ctx, "LENGTH", 41)
        await bench.write(ctx, "ADDEND", 255)
        await bench.control(ctx, start=1, clear_error=1)
        assert await bench.error(ctx) == ("FIELD_LENGTH", 1)  # the first field in register order
        await bench.start(ctx, **GOOD)
        await bench.control(ctx, start=1, clear_error=1)
        assert await bench.error(ctx) == ("NONE", 0)
        assert await bench.field(ctx, "STATUS", "NEXT_NUMBER") == 3

    run(process)


def test_a_full_queue_refuses_until_a_job_leaves():
    async def process(ctx, bench, dut):
        await bench.start(ctx, **GOOD)
        await bench.control(ctx, start=1)
        await take_job(ctx, dut)  # a job that the core has taken still holds its slot
        await bench.control(ctx, start=1)
        assert await bench.error(ctx) == ("QUEUE_FULL", 3)
        await bench.retire(ctx)
        await bench.control(ctx, start=1, clear_error=1)
        assert await bench.error(ctx) == ("NONE", 0)
        assert [(await take_job(ctx, dut))["slot"] for _ in range(2)] == [1, 0]

    run(process, slots=2)


def test_faults_name_the_job_whose_operands_pass():
    async def process(ctx, bench, dut):
        for name, value in GOOD.items():
            await bench.write(ctx, name.upper(), value)
        for _ in range(3):
            await bench.control(ctx, start=1)
        for number, (code, last) in enumerate([(2, 1), (3, 0), (3, 0)], start=1):
            ctx.set(dut.i.valid, 1)
            ctx.set(dut.i.payload.last, last)
            ctx.set(dut.operand.ready, 1)
            ctx.set(dut.fault, {"valid": 1, "code": code})
            await ctx.tick()
            ctx.set(dut.fault.valid, 0)
            ctx.set(dut.i.valid, 0)
            assert await bench.error(ctx) == (bench.map.error_name(code), min(number, 2))
            await bench.control(ctx, clear_error=1)

    run(process)


def test_no_stream_moves_while_a_soft_reset_empties_the_core():
    async def process(ctx, bench, dut):
        await bench.start(ctx, **GOOD)
        for signal in (dut.result.valid, dut.o.ready, dut.i.valid, dut.operand.ready):
            ctx.set(signal, 1)
        assert ctx.get(dut.o.valid) and ctx.get(dut.i.ready)
        await bench.control(ctx, soft_reset=1, start=1)
        assert ctx.get(dut.core_reset) == 1
        assert not any(ctx.get(s) for s in (dut.o.valid, dut.i.ready, dut.operand.valid, dut.job.valid))
        await ctx.tick()
        assert ctx.get(dut.core_reset) == 0
        assert await bench.field(ctx, "STATUS", "NEXT_NUMBER") == 1  # the START beside it was ignored

    run(process)


def test_numbers_begin_anew_after_a_soft_reset():
    async def process(ctx, bench, dut):
        await bench.start(ctx, **GOOD)
        await take_job(ctx, dut)
        await bench.retire(ctx)
        await bench.start(ctx, length=0)
        before = await bench.read(ctx, "TOTAL_CYCLES")
        await bench.control(ctx, soft_reset=1)
        # In the reset's cycle the core is still full: nothing that it says counts.
        ctx.set(dut.done, {"valid": 1, "dropped": 0, "macs": 0, "ODD": 0})
        ctx.set(dut.fault, {"valid": 1, "code": 2})
        await bench.control(ctx, start=1)  # refused: the registers are as they were
        ctx.set(dut.done.valid, 0)
        ctx.set(dut.fault.valid, 0)
        assert await bench.error(ctx) == ("FIELD_LENGTH", 1)
        await bench.start(ctx, length=6)
        assert await take_job(ctx, dut) == {"slot": 0, **GOOD, "length": 6}
        assert await bench.field(ctx, "STATUS", "FREE_SLOTS") == 2
        assert await bench.field(ctx, "STATUS", "NEXT_NUMBER") == 2
        assert await bench.read(ctx, "JOB_NUMBER") == 0
        await bench.retire(ctx)
        await ctx.tick()
        assert await bench.read(ctx, "JOB_NUMBER") == 1
        assert await bench.read(ctx, "TOTAL_CYCLES") > before

    run(process)
