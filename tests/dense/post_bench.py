"""The engine's side of the post-processor, without an engine: sums, row sums and blocks from nowhere."""

import random
from dataclasses import dataclass

import numpy as np

from attnforge.hdl.dense.geometry import RESULT_BANKS, Geometry
from attnforge.hdl.dense.job import Job, blocks, job_fields, result_segments
from attnforge.hdl.dense.model import row_scales
from attnforge.hdl.dense.post import PostProcessor
from attnforge.hdl.numeric import pack, round_shift
from attnforge.hdl.parts.arithmetic.channel_scale import SHIFT_BITS
from tests.parts.pysim import plain, simulate


class Work:
    """What the engine would give of a job: sums, row sums and blocks; and what is to come out."""

    def __init__(self, config, rng, job, kept_blocks):
        self.job = job
        columns = job.channels if job.linear else job.value_dim
        self.kept_blocks = kept_blocks
        self.blocks = blocks(config, job.queries)
        spread = 2.0 ** rng.uniform(0, config.sum_bits - 1, (job.queries, columns))
        limit = (1 << config.sum_bits - 1) - 1
        self.sums = np.clip((rng.uniform(-1, 1, spread.shape) * spread).astype(np.int64), -limit - 1, limit)
        self.sums[rng.random(self.sums.shape) < 0.02] = limit
        self.sums[rng.random(self.sums.shape) < 0.02] = -limit - 1
        self.parameters = None
        self.row_sums = None
        if job.linear:
            multiplier = rng.integers(0, 1 << config.multiplier_bits, columns)
            shift = rng.integers(config.multiplier_bits, config.sum_bits + 4, columns)
            shift[rng.random(columns) < 0.1] = (1 << SHIFT_BITS) - 1
            form = config.channel_scale.bias
            bias = form.random(rng, columns) >> rng.integers(0, form.bits)
            self.parameters = np.stack([multiplier, shift, bias], axis=1)
            totals = self.sums + bias
        else:
            largest = config.max_keys * ((1 << config.probability_bits) - 1)
            self.row_sums = (2.0 ** rng.uniform(0, largest.bit_length() - 1, job.queries)).astype(np.int64)
            self.row_sums[rng.random(job.queries) < 0.2] = 0
            self.row_sums[rng.random(job.queries) < 0.1] = largest
            scale = row_scales(config, job, self.row_sums)
            totals, multiplier, shift = self.sums, scale.multiplier[:, None], scale.shift[:, None]
        shift = np.minimum(shift, 62)  # of products below 2**62
        self.results = config.result.saturate(round_shift(totals * multiplier, shift, border=1))
        self.macs = int(rng.integers(0, 1 << Geometry(config).macs_bits, dtype=np.uint64))
        self.masked = 0 if job.linear else int(np.sum(self.row_sums == 0))
        self.saturated = int(rng.integers(0, 1 << 16))  # of any job in its slot, a layer's is not read

    def outcome(self, config):
        """Beats with ``last``, and the job's end: dropped, products, rows without a key, saturated scores."""
        saturated = 0 if self.job.linear else self.saturated
        segments = result_segments(config, self.job)
        data = pack(segments, {segment.name: self.results for segment in segments}, config.beat_bytes)
        if self.kept_blocks is None:
            beats = [(beat.tolist(), number == len(data) - 1) for number, beat in enumerate(data)]
            return beats, (0, self.macs, self.masked, saturated)
        rows = sum(self.blocks[: self.kept_blocks])
        kept = data[: rows * (len(data) // self.job.queries)]
        if not rows:
            return [], (1, 0, 0, 0)  # products of a job before may lie where its own would
        beats = [(beat.tolist(), False) for beat in kept]
        masked = 0 if self.job.linear else int(np.sum(self.row_sums[:rows] == 0))
        return [*beats, ([0] * config.beat_bytes, True)], (0, self.macs, masked, saturated)


def random_work(config, rng, count, aborts=0.0, **fields):
    """Jobs of both kinds with scales that keep most results within their range."""
    names = {field.name: field for field in job_fields(config)}
    works = []
    for _ in range(count):
        drawn = {name: int(rng.integers(field.low, field.high, endpoint=True)) for name, field in names.items()}
        drawn["queries"] = int(rng.integers(1, 3 * config.block_rows + 1, endpoint=True))
        drawn["out_shift"] = int(rng.integers(0, 24))
        job = Job(**drawn | fields)
        kept = None
        if rng.random() < aborts:
            kept = int(rng.integers(0, len(blocks(config, job.queries))))
        works.append(Work(config, rng, job, kept))
    return works


@dataclass
class Item:
    """A block or an abort on its way, and the cycles of what becomes of it."""

    work: int
    rows: int
    first: bool
    final: bool
    start: int
    parameters: int
    abort: bool = False
    pushed: int = None
    first_sum: int = None
    summed: int = None
    complete: int = None
    started: int = None
    last_read: int = None


class Bench:
    """The engine's side of the post-processor, cycle by cycle, and a check of all that leaves.

    Parameters
    ----------
    late, backpressure : float
        Chance that the engine waits a cycle, wherever it may; that the stream is not taken.
    hold : int
        Cycles in which the stream is not taken at first.
    gap : int
        Cycles from the begin of a head's block to its first row sum, at least.
    """

    def __init__(self, config, works, *, seed=0, late=0.0, backpressure=0.0, hold=0, gap=2):
        self.config, self.works, self.late, self.gap = config, works, late, gap
        self.backpressure, self.hold = backpressure, hold
        self.geometry = Geometry(config)
        self.rng = random.Random(seed)
        self.dut = PostProcessor(config)
        self.cycle, self.free_banks, self.read_bank = 0, RESULT_BANKS, 0
        self.memory = {}
        self.items = []  # what the engine tells, in order
        self.linear = []  # jobs with parameters in use, in order
        for number, work in enumerate(works):
            start = 0
            parameters = len(self.linear) % self.geometry.parameter_banks
            told = work.blocks if work.kept_blocks is None else work.blocks[: work.kept_blocks]
            for at, rows in enumerate(told):
                final = work.kept_blocks is None and at == len(work.blocks) - 1
                self.items.append(Item(number, rows, at == 0, final, start, parameters))
                start += rows
            if work.kept_blocks is not None:
                self.items.append(Item(number, 0, not told, True, start, parameters, abort=True))
            if work.job.linear and told:
                self.linear.append(number)
        self.blocks = [item for item in self.items if not item.abort]
        self.parameters_written = 0
        self.beats, self.ends = [], []

    def _waits(self):
        """Whether the engine waits in this cycle, if it wants to."""
        return self.rng.random() < self.late

    # Each of these is a process that yields once per cycle, after it has set what it drives.
    def _write_parameters(self, ctx):
        g, config, dut = self.geometry, self.config, self.dut
        for turn, number in enumerate(self.linear):
            # There are two banks of W: one is used, the other is loaded.
            while turn >= 2 and any(i.pushed is None for i in self.items if i.work == self.linear[turn - 2]):
                yield
            for channel, (multiplier, shift, bias) in enumerate(self.works[number].parameters.tolist()):
                bank = turn % g.parameter_banks
                ctx.set(dut.p_en, 1 << channel % config.lanes)
                ctx.set(dut.p_address, bank * g.channel_groups + channel // config.lanes)
                ctx.set(dut.p_data, {"multiplier": multiplier, "shift": shift, "bias": bias})
                yield
            ctx.set(dut.p_en, 0)
            self.parameters_written += 1
            yield

    def _push(self, ctx):
        dut = self.dut
        for item in self.items:
            job = self.works[item.work].job
            while self._waits() or (
                not item.abort
                and (
                    not self.free_banks
                    or (job.linear and self.parameters_written <= self.linear.index(item.work))
                )
            ):
                yield
            self.free_banks -= not item.abort
            ctx.set(dut.block.payload, {
                "abort": item.abort, "first": item.first, "final": item.final, "linear": job.linear, "rows": item.rows,
                "slot": item.work % self.config.job_slots, "parameters": item.parameters,
            })
            ctx.set(dut.block.valid, 1)
            while not ctx.get(dut.block.ready):
                yield
            item.pushed = self.cycle
            yield
            ctx.set(dut.block.valid, 0)

    def _row_sums(self, ctx):
        dut = self.dut
        for item in self.blocks:
            work = self.works[item.work]
            while item.pushed is None or self.cycle < item.pushed + self.gap:
                yield
            if not work.job.linear:
                item.first_sum = self.cycle
                for row in range(item.rows):
                    while self._waits():
                        yield
                    total = int(work.row_sums[item.start + row])
                    last = row == item.rows - 1
                    ctx.set(dut.row_sum, {"valid": 1, "total": total, "last": last})
                    yield
                    ctx.set(dut.row_sum.valid, 0)
            item.summed = self.cycle

    def _complete(self, ctx):
        config, dut = self.config, self.dut
        for number, item in enumerate(self.blocks):
            while item.summed is None or self._waits():
                yield
            ctx.set(dut.complete, 1)
            item.complete = self.cycle
            yield
            ctx.set(dut.complete, 0)
            # From the cycle after it on, all sums are there.
            base = number % RESULT_BANKS * self.geometry.result_depth
            for row in range(item.rows):
                for column, total in enumerate(self.works[item.work].sums[item.start + row].tolist()):
                    tile, lane = divmod(column, config.columns)
                    self.memory[base + tile * config.most_rows + row, lane] = total

    def _tables(self, ctx):
        """The tables of jobs and of products, read without latency."""
        dut, slots = self.dut, self.config.job_slots
        # The jobs in flight begin with the oldest that has not left.
        flight = range(len(self.ends), min(len(self.ends) + slots, len(self.works)))
        in_slot = {number % slots: self.works[number] for number in flight}
        work = in_slot.get(ctx.get(dut.job_slot))
        if work is not None:
            ctx.set(dut.job, {"slot": 0, **vars(work.job)})
        work = in_slot.get(ctx.get(dut.macs_slot))
        if work is not None:
            ctx.set(dut.macs, work.macs)
            ctx.set(dut.saturated, work.saturated)

    def _take(self, ctx):
        """What leaves in this cycle."""
        dut = self.dut
        if ctx.get(dut.o.valid) and ctx.get(dut.o.ready):
            payload = plain(ctx.get(dut.o.payload))
            self.beats.append((payload["data"], bool(payload["last"])))
            if payload["last"]:
                self.works[len(self.ends)].left = self.cycle
        if ctx.get(dut.done.valid):
            done = plain(ctx.get(dut.done))
            self.ends.append((done["dropped"], done["macs"], done["masked_rows"], done["saturated_scores"]))

    async def _testbench(self, ctx):
        dut, config = self.dut, self.config
        processes = [make(ctx) for make in (self._write_parameters, self._push, self._row_sums, self._complete)]
        words = [None, None]
        starts, frees = 0, 0
        quiet = 0
        while quiet < 40:
            for process in processes:
                next(process, None)
            ctx.set(dut.bank, self.read_bank)
            ctx.set(dut.sums, words.pop(0) or [self.rng.randrange(-5, 5) for _ in range(config.columns)])
            ctx.set(dut.o.ready, self.cycle >= self.hold and self.rng.random() >= self.backpressure)
            self._tables(ctx)
            self._take(ctx)
            read = None
            if ctx.get(dut.r_en):
                address = ctx.get(dut.r_address)
                assert address // self.geometry.result_depth == frees % RESULT_BANKS
                read = [self.memory.get((address, lane), 0) for lane in range(config.columns)]
            words.append(read)
            if ctx.get(dut.free):
                assert read is not None, "free comes with the last read"
                self.blocks[frees].last_read = self.cycle
                self.free_banks += 1
                frees += 1
                depth = self.geometry.result_depth
                self.memory = {at: word for at, word in self.memory.items() if at[0] // depth == frees % RESULT_BANKS}
            if ctx.get(dut.next):
                self.blocks[starts].started = self.cycle
                starts += 1
                self.read_bank ^= 1
            quiet = quiet + 1 if len(self.ends) == len(self.works) else 0
            await ctx.tick()
            self.cycle += 1
            assert self.cycle < 20_000, f"{len(self.ends)} of {len(self.works)} jobs have left"

    def run(self):
        """Everything through the post-processor; results, ends and products must be the model's."""
        simulate(self.dut, self._testbench)
        outcomes = [work.outcome(self.config) for work in self.works]
        wanted = [beat for beats, _ in outcomes for beat in beats]
        for number, (got, beat) in enumerate(zip(self.beats, wanted, strict=False)):
            assert got == beat, f"beat {number} of {len(wanted)}"
        assert len(self.beats) == len(wanted)
        assert self.ends == [end for _, end in outcomes]
        return self
