"""A pipeline that can't wait loses nothing when its results are not taken, and is never kept waiting when they are."""

import random

import pytest

from attnforge.hdl.contract.design import Field
from attnforge.hdl.parts.stream.result_stream import ResultStream
from tests.parts.pysim import plain, simulate

BEAT_BYTES = 4
COUNTER = Field("rows", 8, 0, 255, "of the job")


def groups_of(rng, jobs, lanes):
    """Groups of jobs of random beats; some jobs are dropped."""
    groups = []
    for job in range(jobs):
        drop = rng.random() < 0.3
        beats = 1 if drop else rng.randint(1, 5)
        for beat in range(beats):
            codes = [rng.randrange(256) for _ in range(BEAT_BYTES)]
            for place in range(BEAT_BYTES // lanes):
                ends = place == BEAT_BYTES // lanes - 1
                groups.append({"codes": codes[place * lanes :][:lanes], "used": (1 << lanes) - 1, "place": place,
                               "ends_beat": ends, "last": ends and beat == beats - 1, "drop": drop, "job": job})
    return groups


@pytest.mark.parametrize("lanes", [2, 4])
@pytest.mark.parametrize("delay", [1, 6])
@pytest.mark.parametrize("backpressure", [0.0, 0.3, 0.9])
def test_beats_and_ends_of_jobs(lanes, delay, backpressure):
    rng = random.Random(delay)
    dut = ResultStream(8, (8,), lanes, BEAT_BYTES, delay=delay, counters=(COUNTER,))
    groups = groups_of(rng, 25, lanes)
    beats, ends, waited, cycles = [], [], [], []

    async def bench(ctx):
        left, pipeline, cycle = list(groups), [None] * delay, 0
        while len(ends) < 25 or any(pipeline):
            ctx.set(dut.o.ready, rng.random() >= backpressure)
            room, group = ctx.get(dut.room), None
            if left:
                waited.append(not room)
                group = left.pop(0) if room else None
            claims = group is not None and group["ends_beat"]
            ctx.set(dut.claim, claims)
            job = group["job"] if group else 0
            ctx.set(dut.ends, {"valid": claims and group["last"], "counts": {"macs": 7 * job, "rows": job}})
            pipeline.append(group)
            here = pipeline.pop(0)
            ctx.set(dut.valid, here is not None)
            for name in ("codes", "used", "place", "ends_beat", "last", "drop") if here else ():
                ctx.set(getattr(dut, name), here[name])
            if ctx.get(dut.o.valid) and ctx.get(dut.o.ready):
                payload = plain(ctx.get(dut.o.payload))
                beats.append((payload["data"], payload["last"]))
                cycles.append(cycle)
            done = plain(ctx.get(dut.done))
            if done["valid"]:
                ends.append((done["dropped"], done["macs"], done["rows"]))
            await ctx.tick()
            cycle += 1
            assert cycle < 5000

    simulate(dut, bench)
    wanted, data = [], []
    for group in groups:
        data += group["codes"]
        if group["ends_beat"]:
            wanted += [] if group["drop"] else [(data, group["last"])]
            data = []
    assert beats == wanted
    assert ends == [(group["drop"], 7 * group["job"], group["job"]) for group in groups if group["last"]]
    if backpressure == 0:
        assert not any(waited)
        assert cycles[0] == len(groups[: BEAT_BYTES // lanes]) - 1 + delay + dut.latency or groups[0]["drop"]
    else:
        assert backpressure < 0.5 or any(waited)
