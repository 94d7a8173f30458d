"""When everything in the dense core happens, phase after phase."""

from dataclasses import dataclass, field
from math import ceil

from attnforge.hdl.dense.chooser import PENDING
from attnforge.hdl.dense.column import ColumnFeeder
from attnforge.hdl.dense.config import HAZARD, Config
from attnforge.hdl.dense.geometry import RESULT_BANKS
from attnforge.hdl.dense.job import blocks
from attnforge.hdl.dense.lookup import Lookup
from attnforge.hdl.dense.masks import first_tile_key
from attnforge.hdl.dense.post import post_delay
from attnforge.hdl.dense.row import RowFeeder
from attnforge.hdl.dense.row_scales import scales_ready
from attnforge.hdl.dense.sum_control import maximum_delay, row_delay, total_delay
from attnforge.hdl.parts.arithmetic.channel_scale import PARAMETER_BYTES
from attnforge.hdl.parts.arithmetic.exponential import Exponential
from attnforge.hdl.parts.arithmetic.row_statistic import StatisticTable
from attnforge.hdl.parts.host.front_end import HostFrontEnd

__all__ = ["Timeline", "block_keys", "pass_cycles"]

NEVER = float("inf")
CHOICE = 1  # cycles from what a phase waits for to its first chance


def block_keys(config: Config, job) -> list[int]:
    """Keys that each block of a head visits, and one in any case.

    They go from the first tile that has a key to see up to the limit of the block's last row.
    """
    start, limit, last, keys = first_tile_key(config.columns, job), min(job.keys, job.key_limit), job.causal_offset, []
    if job.first_key >= limit:
        limit = 0
    for rows in blocks(config, job.queries):
        last += rows
        keys.append(max(1, (min(limit, last) if job.causal else limit) - start))
    return keys


def pass_cycles(config: Config, rows: int) -> int:
    """Cycles from a pass of so many rows to the next."""
    return max(rows, config.rows, HAZARD)


@dataclass(frozen=True)
class Block:
    """A block of a job, and when it was offered to the control of the array."""

    job: object
    rows: int
    keys: int
    final: bool
    offered: int


@dataclass
class Timeline:
    """First possible cycles of everything, phase after phase."""

    config: Config
    jobs: list
    starts: list
    ends: list = field(default_factory=list)
    kv_free: list = field(default_factory=list)  # of every job: its bank of K and V or W can be filled
    q_free: list = field(default_factory=list)  # of every block: the same of Q or X
    r_free: list = field(default_factory=list)  # of every block with results: the same of its bank of them
    beat: int = -1  # the last one of the operands so far
    free: int = 0  # the stager can choose
    stream: int = 0  # the streamer is free
    head: tuple = None  # the next block and when its first phase can be chosen, if known
    work: int = 0  # the lookup is free
    divider: int = 0  # free for a row's sum
    reader: int = 0  # the post-processor has read a block for the last time
    pending: list = field(default_factory=list)  # blocks between their phases, and when they can go on

    def __post_init__(self):
        self.coming = self._blocks()

    # Loader --------------------------------------------------------------------------------------------------------
    def _row_cycles(self, features):
        """Cycles for a row of V, W, Q or X: a beat takes one for each piece that the lanes take."""
        elements = self.config.elements
        beats, rest = divmod(features, elements)
        piece = min(elements, self.config.columns)
        return beats * ceil(elements / piece) + ceil(rest / piece)

    def _blocks(self):
        """All blocks in order; a block's times are right when the first phases of those before it are known."""
        config = self.config
        for number, (job, start) in enumerate(zip(self.jobs, self.starts, strict=True)):
            if number >= config.job_slots:
                start = max(start, self.ends[number - config.job_slots] + HostFrontEnd.restart_latency)
            taken = max(start + HostFrontEnd.start_latency, self.beat + 1)
            if job.linear:
                stay = job.channels * ceil(PARAMETER_BYTES / config.beat_bytes)
                stay += job.depth * self._row_cycles(job.channels)
            else:
                stay = job.keys * (ceil(job.head_dim / config.elements) + self._row_cycles(job.value_dim))
            self.beat = max(taken + 1, self.kv_free[number - 2] if number >= 2 else 0) + stay - 1
            row = self._row_cycles(job.depth if job.linear else job.head_dim)
            sizes = blocks(config, job.queries)
            shapes = list(zip(sizes, [0] * len(sizes) if job.linear else block_keys(config, job), strict=True))
            index, seen, before = 0, None, 0
            while index < len(shapes):
                # When nothing has changed since the block before, nothing will until blocks are others.
                state = self._state(), shapes[max(0, index - PENDING) : index + 1]
                if state == seen and len(set(state[1])) == 1:
                    other = next((at for at in range(index, len(shapes)) if shapes[at] != shapes[index]), len(shapes))
                    skipped = min(other, len(shapes) - 1) - index
                    self._forward(skipped * (self.free - before))
                    index += skipped
                seen, before = state, self.free
                space = self.q_free[-2] if len(self.q_free) >= 2 else 0
                self.beat = max(self.beat + 1, space) + sizes[index] * row - 1
                yield Block(job, *shapes[index], index == len(shapes) - 1, self.beat)
                index += 1

    def _state(self):
        """All that later times depend on, relative to now; what is over does not count."""

        def ahead(times, limit):
            return [max(time, limit) - self.free for time in times]

        others = [self.stream, self.divider, self.reader, *self.r_free[-RESULT_BANKS:]]
        others += [ready for _, ready in self.pending]
        return [
            *ahead(self.q_free[-2:], self.beat),
            *ahead([self.work], self.free - Lookup.latency - CHOICE),
            *ahead(others, self.free),
            self.beat - self.free,
        ]

    def _forward(self, cycles):
        for name in ("beat", "free", "stream", "work", "divider", "reader"):
            setattr(self, name, getattr(self, name) + cycles)
        self.q_free, self.r_free = ([time + cycles for time in times] for times in (self.q_free, self.r_free))
        self.pending = [(block, ready + cycles) for block, ready in self.pending]

    def _head(self):
        """The next block and when its first phase can be chosen; there may be none."""
        if self.head is None:  # asked for as late as that, because its times depend on phases before it
            block = next(self.coming, None)
            self.head = block, NEVER if block is None else max(block.offered + 1, self.work) + Lookup.latency + CHOICE
        return self.head

    # Stager and streamer -------------------------------------------------------------------------------------------
    def phase(self):
        """Chooses the next phase and runs it through the array and the post-processor."""
        # First of all: it may put the clock forward.
        block, ready = self._head() if len(self.pending) < PENDING else (None, NEVER)
        space = self.r_free[-RESULT_BANKS] if len(self.r_free) >= RESULT_BANKS else 0
        value_at = max(self.free, self.pending[0][1], space) if self.pending else NEVER
        first_at = NEVER
        if block is not None and not block.job.linear:
            first_at = max(self.free, ready)
        elif block is not None and not self.pending:
            first_at = max(self.free, ready, space)
        if first_at > value_at:
            self._values(value_at)
            return
        self.work, self.head = first_at + 1, None
        if block.job.linear:
            self._linear(first_at, block)
        else:
            self._scores(first_at, block)

    def _run(self, chosen, rows, passes):
        """All passes of a phase: the start of the first one, and the cycles of the last feed and of the last load."""
        config = self.config
        step = pass_cycles(config, rows)
        start = max(chosen + config.rows, self.stream)
        last = start + (passes - 1) * step
        loaded = (chosen if passes == 1 else last - step) + config.rows
        self.free = max(last, chosen + 1 + CHOICE)
        self.stream = last + max(rows, HAZARD)
        return start, last + rows, loaded

    def _releases(self, loaded):
        """The last tile of the last phase that reads a bank of stationary operands is loaded."""
        self.kv_free.append(loaded + RowFeeder.latency - ColumnFeeder.latency + self.config.columns)

    def _scores(self, chosen, block):
        config, job = self.config, block.job
        passes = ceil(block.keys / config.columns) * ceil(job.head_dim / config.rows)
        _, fed, _ = self._run(chosen, block.rows, passes)
        self.q_free.append(fed + Exponential.latency + config.rows)
        self.pending.append((block, fed + maximum_delay(config) + StatisticTable.latency + 1 + CHOICE))

    def _values(self, chosen):
        config = self.config
        block, _ = self.pending.pop(0)
        tiles, passes = ceil(block.job.value_dim / config.columns), ceil(block.keys / config.rows)
        start, fed, loaded = self._run(chosen, block.rows, tiles * passes)
        if block.final:
            self._releases(loaded)
        first = start + (passes - 1) * pass_cycles(config, block.rows) + 1 + total_delay(config)
        scaled, self.divider = scales_ready(config, block.rows, first + StatisticTable.latency, self.divider)
        self._read(block, block.job.value_dim, max(scaled, fed + row_delay(config)))

    def _linear(self, chosen, block):
        config, job = self.config, block.job
        passes = ceil(job.channels / config.columns) * ceil(job.depth / config.rows)
        _, fed, loaded = self._run(chosen, block.rows, passes)
        self.q_free.append(fed + Exponential.latency + config.rows)
        if block.final:
            self._releases(loaded)
        self._read(block, job.channels, fed + row_delay(config))

    # Post-processor ------------------------------------------------------------------------------------------------
    def _read(self, block, columns, complete):
        """A block of results that is complete."""
        self.reader = max(self.reader, complete) + block.rows * ceil(columns / self.config.lanes)
        self.r_free.append(self.reader + 2 + CHOICE)
        if block.final:
            self.ends.append(self.reader + post_delay(self.config))
