"""The counters, exact under random stalls, with jobs that overlap."""

import random

import pytest

from tests.parts.host.host_bench import Bench, front_end


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("slots", [1, 2, 3, 4])
def test_counters_are_exact_under_random_stalls(seed, slots):
    """A core of nothing but this process moves beats at random; the counts are taken from the pins."""
    rng = random.Random(seed * 8 + slots)
    dut = front_end(slots)
    bench = Bench(dut)
    jobs = [{"operands": rng.randint(1, 6), "results": rng.randint(1, 5), "lag": rng.choice([0, 0, 1, 3]),
             "dropped": rng.random() < 0.2, "macs": rng.getrandbits(48), "odd": rng.getrandbits(7)} for _ in range(25)]
    seen = {"cycle": 0, "starts": [], "stall_in": [0] * 26, "stall_out": [0] * 26, "ends": []}

    def idle():
        return rng.random() < 0.4

    async def testbench(ctx):
        async def tick(**csr):
            """One cycle with the pins as they are; records what passes, and drives the register port."""
            for name in ("addr", "w_en", "w_data", "r_en"):
                ctx.set(getattr(dut.csr, name), csr.get(name, 0))
            await ctx.tick()
            seen["cycle"] += 1

        for name, value in (("LENGTH", 5), ("ADDEND", 7), ("ANY", 1)):
            await tick(addr=dut.registers[name].offset, w_en=1, w_data=value)
        control = dut.registers["CONTROL"].offset
        free, loading, leaving = slots, 0, 0
        sent = given = lag = 0
        operands_done = 0
        ctx.set(dut.job.ready, 1)
        while leaving < len(jobs):
            # Operands: wanted at random while a job waits for some, offered at random (held until taken).
            job = jobs[loading] if loading < len(jobs) else None
            wanted = loading < len(seen["starts"])
            if not ctx.get(dut.i.valid) and job:
                ctx.set(dut.i.valid, not idle())
            ctx.set(dut.operand.ready, not idle())
            if job:
                ctx.set(dut.i.payload.last, sent == job["operands"] - 1)
            takes, offered = ctx.get(dut.operand.ready), ctx.get(dut.i.valid)
            moved_in = wanted and takes and offered
            assert ctx.get(dut.i.ready) == (wanted and takes)
            assert ctx.get(dut.operand.valid) == (wanted and offered)
            if wanted and takes and not offered:
                seen["stall_in"][loading] += 1
            # Results, once the job's operands are in.
            current = jobs[leaving] if leaving < len(jobs) else None
            ready_to_give = current and operands_done > leaving
            ctx.set(dut.o.ready, not idle())
            gives = ready_to_give and not current["dropped"] and given < current["results"]
            if gives and not ctx.get(dut.result.valid):
                ctx.set(dut.result.valid, not idle())
            if gives:
                ctx.set(dut.result.payload.last, given == current["results"] - 1)
            moved_out = ctx.get(dut.o.valid) and ctx.get(dut.o.ready)
            if ctx.get(dut.o.valid) and not ctx.get(dut.o.ready):
                seen["stall_out"][leaving] += 1
            last_out = moved_out and ctx.get(dut.o.payload.last)
            done = False
            if ready_to_give:
                if current["dropped"]:
                    done = not idle()
                elif last_out or given == current["results"]:
                    done = lag >= current["lag"]
                    lag += 1
            ctx.set(dut.done, {"valid": done, "dropped": bool(current and current["dropped"]),
                               "macs": current["macs"] if done else rng.getrandbits(48),
                               "ODD": current["odd"] if done else 0})
            if last_out or (done and current["dropped"]):
                seen["ends"].append(seen["cycle"])
            # The register port: a START when a slot is free, else a reading of the counters.
            csr, started = {}, False
            if free and len(seen["starts"]) < len(jobs) and rng.random() < 0.3:
                csr, started = {"addr": control, "w_en": 1, "w_data": 1}, True
            await tick(**csr)
            if started:
                seen["starts"].append(seen["cycle"] - 1)
                free -= 1
            if moved_in:
                ctx.set(dut.i.valid, 0)
                sent += 1
                if sent == job["operands"]:
                    sent, loading = 0, loading + 1
                    operands_done += 1
            if moved_out:
                ctx.set(dut.result.valid, 0)
                given += 1
            if done:
                free += 1
                leaving += 1
                given = lag = 0
                ctx.set(dut.done.valid, 0)
                # No job moves on while the counters are read.
                ctx.set(dut.operand.ready, 0)
                await tick()
                reading = {}
                for register in dut.registers.counters:
                    await tick(addr=register.offset, r_en=1)
                    reading[register.name] = ctx.get(dut.csr.r_data)
                k = leaving - 1
                assert reading == {
                    "JOB_NUMBER": leaving,
                    "JOB_CYCLES": seen["ends"][k] - seen["starts"][k],
                    "JOB_STALL_IN": seen["stall_in"][k],
                    "JOB_STALL_OUT": seen["stall_out"][k],
                    "JOB_MACS_LO": jobs[k]["macs"] & 0xFFFFFFFF,
                    "JOB_MACS_HI": jobs[k]["macs"] >> 32,
                    "ODD": jobs[k]["odd"],
                }

    bench.run(testbench)
