"""Every operand lands in its lane, word and bank, blocks are as the model's, and a bad stream ends in an abort."""

import random
from math import ceil

import numpy as np
import pytest

from attnforge.hdl.contract.registers import ErrorCode
from attnforge.hdl.dense.config import Config
from attnforge.hdl.dense.geometry import Geometry
from attnforge.hdl.dense.job import blocks, kept_rows, operand_segments, random_job
from attnforge.hdl.dense.loader import Loader
from attnforge.hdl.numeric import pack
from attnforge.hdl.parts.arithmetic.channel_scale import SHIFT_BITS
from tests.parts.pysim import plain, simulate

CONFIGS = {
    "1x1": Config(
        rows=1, columns=1, max_queries=40, max_keys=5, max_head_dim=6, max_value_dim=3, max_depth=7, max_channels=4,
        beat_bytes=4,
    ),
    "3x3": Config(
        rows=3, columns=3, max_queries=40, max_keys=11, max_head_dim=7, max_value_dim=10, max_depth=12, max_channels=8,
        beat_bytes=8, bits=5,
    ),
    "3x3_wide_beats": Config(
        rows=3, columns=3, max_queries=40, max_keys=8, max_head_dim=20, max_value_dim=17, max_depth=19, max_channels=40,
        beat_bytes=16,
    ),
    "4x4": Config(
        rows=4, columns=4, max_queries=40, max_keys=24, max_head_dim=7, max_value_dim=10, max_depth=12, max_channels=10,
        beat_bytes=4,
    ),
    "4x4_nibbles": Config(
        rows=4, columns=4, max_queries=40, max_keys=9, max_head_dim=20, max_value_dim=10, max_depth=18, max_channels=30,
        beat_bytes=4, bits=4, lanes=4,
    ),
    "6x6_more_lanes_than_a_beat": Config(
        rows=6, columns=6, max_queries=40, max_keys=13, max_head_dim=15, max_value_dim=16, max_depth=9, max_channels=14,
        beat_bytes=4,
    ),
}


def beats_of(config, job, operands, change=0):
    """The stream of a job, ``change`` beats longer, or shorter if below 0: (bytes, last) of every beat."""
    data = pack(operand_segments(config, job), operands, config.beat_bytes)
    data = np.resize(data, (len(data) + change, config.beat_bytes))
    return [(beat.tolist(), number == len(data) - 1) for number, beat in enumerate(data)]


def expected_blocks(config, job, length, change):
    """What the loader tells of a job whose stream has ``change`` beats too many: (rows, query, final, abort)."""
    good = length if change == 0 else length - 1 if change > 0 else length + change - 1
    rows = job.queries if change == 0 else kept_rows(config, job, good)
    sizes = list(blocks(config, job.queries))
    told, at = [], 0
    while at < rows:
        told.append((sizes[0], at, at + sizes[0] == job.queries, False))
        at += sizes.pop(0)
    assert at == rows
    return told if change == 0 else [*told, (None, None, True, True)]


class Buffers:
    """The memories as the loader writes them."""

    def __init__(self, dut):
        self.dut = dut
        self.words = {name: {} for name in "kvqp"}

    def write(self, ctx):
        """The writes of this cycle."""
        for name, words in self.words.items():
            enables = ctx.get(getattr(self.dut, f"{name}_en"))
            for lane in range(enables.bit_length()):
                if enables >> lane & 1:
                    address, value = (plain(ctx.get(getattr(self.dut, f"{name}_{n}"))) for n in ("address", "data"))
                    words[lane, address if name in "kp" else address[lane]] = value if name in "kp" else value[lane]

    def check_stationary(self, config, job, operands, bank, parameters):
        """K and V, or parameters and W, lie in the bank as the architecture says."""
        g = Geometry(config)
        if job.linear:
            for channel, (multiplier, shift, bias) in enumerate(operands["parameters"].tolist()):
                word = self.words["p"][channel % config.lanes, parameters * g.channel_groups + channel // config.lanes]
                assert word["multiplier"] == multiplier % (1 << config.multiplier_bits)
                assert word["shift"] == shift % (1 << SHIFT_BITS)
                assert (word["bias"] - bias) % (1 << config.channel_scale.bias_bits) == 0
            self._check_rows("v", operands["w"], bank * g.value_depth, g.channel_tiles, config.columns)
            return
        for token, row in enumerate(operands["k"].tolist()):
            for feature, value in enumerate(row):
                beat, element = divmod(feature, config.elements)
                address = bank * g.key_depth + token // config.columns * g.key_groups + beat
                assert self.words["k"][token % config.columns, address][element] == value, (token, feature)
        self._check_rows("v", operands["v"], bank * g.value_depth, g.value_tiles, config.columns)

    def check_block(self, config, job, operands, bank, query, rows):
        """So does a block of Q or X."""
        g = Geometry(config)
        moving, stride = (operands["x"], g.depth_tiles) if job.linear else (operands["q"], g.query_tiles)
        self._check_rows("q", moving[query : query + rows], bank * g.query_depth, stride, config.rows)

    def _check_rows(self, name, matrix, base, stride, lanes):
        for number, row in enumerate(matrix.tolist()):
            for column, value in enumerate(row):
                address = base + number * stride + column // lanes
                assert self.words[name][column % lanes, address] == value, (name, number, column)


class Bank:
    """A double buffer's bookkeeping; banks are freed in order, some time after they were told to be over."""

    def __init__(self, rng, keep):
        self.rng, self.keep = rng, keep
        self.used = self.write_bank = self.over = 0

    def tick(self, commit):
        """The clock's edge."""
        freed = self.over and self.rng.random() >= self.keep
        self.over -= bool(freed)
        self.used += commit - bool(freed)
        self.write_bank ^= commit
        assert 0 <= self.used <= 2


def run(config, jobs, *, seed=0, idle=0.0, slow=0.0, keep=0.0):
    """Jobs (job, operands, change of the stream's length) through the loader; returns the cycles they took."""
    rng = random.Random(seed)
    dut = Loader(config)
    buffers = Buffers(dut)
    taken_jobs, faults, told, to_check, cycles = [], [], [], [], [0]
    streams = [beats_of(config, *item) for item in jobs]
    expected = []
    for number, (job, _, change) in enumerate(jobs):
        length = len(streams[number]) - change
        expected += [(number, *item) for item in expected_blocks(config, job, length, change)]
    kv, q = Bank(rng, keep), Bank(rng, keep)
    g = Geometry(config)

    async def bench(ctx):
        waiting = list(range(len(jobs)))
        beats = [beat for stream in streams for beat in stream]
        bank_of, parameters_of, used_parameters = {}, {}, []
        while len(told) < len(expected) or to_check:
            if waiting and not ctx.get(dut.job.valid) and rng.random() >= idle:
                ctx.set(dut.job.payload, {"slot": waiting[0] % config.job_slots, **vars(jobs[waiting[0]][0])})
                ctx.set(dut.job.valid, 1)
            if beats and not ctx.get(dut.i.valid) and rng.random() >= idle:
                ctx.set(dut.i.payload, {"data": beats[0][0], "last": beats[0][1]})
                ctx.set(dut.i.valid, 1)
            ctx.set(dut.kv_space, kv.used < 2)
            ctx.set(dut.kv_bank, kv.write_bank)
            ctx.set(dut.q_space, q.used < 2)
            ctx.set(dut.q_bank, q.write_bank)
            ctx.set(dut.block.ready, rng.random() >= slow)

            # What was told three cycles before is written by now.
            while to_check and to_check[0][0] == cycles[0]:
                _, number, bank, (rows, query, final, abort) = to_check.pop(0)
                job, operands, _ = jobs[number]
                if not abort:
                    buffers.check_stationary(config, job, operands, bank_of[number], parameters_of.get(number, 0))
                    buffers.check_block(config, job, operands, bank, query, rows)
                    q.over += 1
                kv.over += final and number in bank_of
            buffers.write(ctx)
            if ctx.get(dut.taken):
                number = len(taken_jobs)
                taken_jobs.append(number)
                current = plain(ctx.get(dut.current))
                assert current == {"slot": number % config.job_slots, **vars(jobs[number][0])}
            if ctx.get(dut.kv_commit):
                bank_of[taken_jobs[-1]] = kv.write_bank
            if ctx.get(dut.fault.valid):
                assert ctx.get(dut.i.valid) and ctx.get(dut.i.ready)
                faults.append((taken_jobs[-1], ctx.get(dut.fault.code)))
            if ctx.get(dut.block.valid) and ctx.get(dut.block.ready):
                number, rows, query, final, abort = expected[len(told)]
                block = plain(ctx.get(dut.block.payload))
                job = jobs[number][0]
                before = [item for item in expected[: len(told)] if item[0] == number]
                assert block["abort"] == abort and block["final"] == final and block["first"] == (not before)
                assert block["slot"] == number % config.job_slots and block["linear"] == job.linear
                if abort:
                    assert block["stationary"] == (number in bank_of)
                else:
                    assert (block["rows"], block["query"], block["stationary"]) == (rows, query, 1)
                    if job.linear and not before:
                        parameters_of[number] = block["parameters"]
                        used_parameters.append(block["parameters"])
                    assert not job.linear or block["parameters"] == parameters_of[number]
                assert ctx.get(dut.q_commit) == (not abort)
                told.append(block)
                to_check.append((cycles[0] + 3, number, q.write_bank, (rows, query, final, abort)))
            else:
                assert not ctx.get(dut.q_commit)
            moved = ctx.get(dut.i.valid) and ctx.get(dut.i.ready)
            job_moved = ctx.get(dut.job.valid) and ctx.get(dut.job.ready)
            kv_commit, q_commit = ctx.get(dut.kv_commit), ctx.get(dut.q_commit)
            await ctx.tick()
            kv.tick(kv_commit)
            q.tick(q_commit)
            if moved:
                beats.pop(0)
                ctx.set(dut.i.valid, 0)
            if job_moved:
                waiting.pop(0)
                ctx.set(dut.job.valid, 0)
            cycles[0] += 1
            assert cycles[0] < 100_000, f"{len(told)} of {len(expected)} blocks were told"
        assert not beats and not waiting
        # Banks of parameters take turns among the jobs that have blocks.
        assert used_parameters == [number % g.parameter_banks for number in range(len(used_parameters))]

    simulate(dut, bench)
    wanted = [
        (number, ErrorCode.EARLY_LAST if change < 0 else ErrorCode.MISSING_LAST)
        for number, (_, _, change) in enumerate(jobs)
        if change
    ]
    assert faults == wanted
    return cycles[0]


@pytest.mark.parametrize("idle, slow, keep", [(0.0, 0.0, 0.0), (0.3, 0.6, 0.0), (0.0, 0.0, 0.97), (0.1, 0.2, 0.99)])
@pytest.mark.parametrize("name", CONFIGS)
def test_random_jobs_lie_where_they_belong(name, idle, slow, keep):
    config = CONFIGS[name]
    rng = np.random.default_rng(5)
    jobs = []
    for number in range(10):
        rows = int(rng.integers(1, 3 * config.block_rows, endpoint=True))
        jobs.append((*random_job(config, rng, wild=1, queries=rows, linear=(number + number // 3) % 2), 0))
    run(config, jobs, seed=len(name), idle=idle, slow=slow, keep=keep)


def largest(config, linear):
    """A job of the largest sizes, of two blocks."""
    rng = np.random.default_rng(8)
    sizes = {
        "keys": config.max_keys,
        "head_dim": config.max_head_dim,
        "value_dim": config.max_value_dim,
        "depth": config.max_depth,
        "channels": config.max_channels,
    }
    return random_job(config, rng, wild=1, queries=3 * config.block_rows - 1, linear=linear, **sizes)


@pytest.mark.parametrize("name", CONFIGS)
def test_the_largest_jobs(name):
    jobs = [(*largest(CONFIGS[name], linear), 0) for linear in (0, 1, 1, 0, 0)]
    run(CONFIGS[name], jobs, slow=0.3)


def small(config, linear, rows):
    """A job of few beats."""
    rng = np.random.default_rng(rows)
    return random_job(
        config, rng, wild=1, linear=linear, queries=rows, keys=2, head_dim=5, value_dim=2, depth=6, channels=2
    )


@pytest.mark.parametrize("linear", [0, 1])
@pytest.mark.parametrize("name", ["1x1", "3x3", "4x4"])
def test_last_at_every_beat(name, linear):
    config = CONFIGS[name]
    good = small(config, linear, 3)
    jobs = []
    for rows in (2, 2 * config.block_rows + 1):
        bad = small(config, linear, rows)
        length = len(beats_of(config, *bad))
        for change in [*range(-length + 1, 0), 1, 2, 5]:
            jobs.append((*bad, change))
            if change % 3 == 0:
                jobs += [(*good, 0), (*small(config, 1 - linear, 1), 0)]
    run(config, jobs, seed=7, idle=0.1, slow=0.2)


def beat_cycles(config, job):
    """Cycles that a job's beats take: a beat of V, W, Q or X has pieces of as many elements as there are lanes."""

    def pieces(rows, columns):
        full, rest = divmod(columns, config.elements)
        return rows * (full * ceil(config.elements / config.columns) + ceil(rest / config.columns))

    if job.linear:
        return job.channels * ceil(12 / config.beat_bytes) + pieces(job.depth, job.channels) + pieces(
            job.queries, job.depth
        )
    keys = job.keys * ceil(job.head_dim / config.elements)
    return keys + pieces(job.keys, job.value_dim) + pieces(job.queries, job.head_dim)


@pytest.mark.parametrize("name", CONFIGS)
def test_a_beat_per_cycle(name):
    config = CONFIGS[name]
    jobs = [(*largest(config, linear), 0) for linear in (0, 1, 0, 1)]
    cycles = run(config, jobs)
    beats = sum(beat_cycles(config, job) for job, *_ in jobs)
    assert cycles == beats + len(jobs) + 3, "a job takes a cycle beside its beats; its last block is checked 3 later"

