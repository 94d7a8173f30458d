"""Cycles of the ViTALiTy core, exact: the blocks' latencies, and the few places where they wait for each other.

In steady state, with streams and dividers fast enough, the array is the bottleneck and a head takes ::

    ceil(d_v / C) (ceil(n / R) max(d, R, 4) + ceil(d / R) max(n, R, 4))      cycles,

the number that `tile_cycles` gives. `job_ends` knows when each phase of a job begins in every block, so it is also
right for the first job, for short jobs, slow streams and few dividers.
"""

from dataclasses import dataclass
from math import ceil

from attnforge.hdl.contract.design import Perf, job_perf
from attnforge.hdl.parts.arithmetic.divider import Divider
from attnforge.hdl.parts.arithmetic.requantise import Requantise
from attnforge.hdl.parts.arithmetic.serial_scale import SerialScale
from attnforge.hdl.parts.host.front_end import HostFrontEnd
from attnforge.hdl.vitality.array import exit_delay, row_delay
from attnforge.hdl.vitality.column import ColumnSums
from attnforge.hdl.vitality.config import Config
from attnforge.hdl.vitality.post import g_delay, quotient_delay
from attnforge.hdl.vitality.token_sums import value_scale

__all__ = ["job_ends", "perf", "tile_cycles"]


def tile_cycles(config: Config, job) -> int:
    """Cycles that the array needs for one head when nothing else makes it wait."""
    key_phase = ceil(job.tokens / config.rows) * max(job.head_dim, config.rows, ColumnSums.hazard)
    query_phase = ceil(job.head_dim / config.rows) * max(job.tokens, config.rows, ColumnSums.hazard)
    return ceil(job.value_dim / config.columns) * (key_phase + query_phase)


def perf(config: Config, job) -> Perf:
    """Latency and interval of a job; see `Perf`.

    The interval is that after two dozen equal jobs. Where two blocks need nearly the same time, the order of the phases
    changes once in tens of jobs, and the mean of a very long run is up to 1 % lower.
    """
    return job_perf(job_ends, config, job, 2 * job.tokens * job.head_dim * job.value_dim)


def job_ends(config: Config, jobs, starts) -> list[int]:
    """Cycle of the last result beat of every job, for operands and results that never wait.

    Parameters
    ----------
    config : Config
    jobs : sequence of Job
        In order.
    starts : sequence of int
        Cycle in which START is written, or later: as soon as the host knows of a free slot.
    """
    timeline = _Timeline(config, jobs, starts)
    while len(timeline.key_close) < len(jobs) or len(timeline.query_close) < len(jobs):
        timeline.stage()
    return timeline.ends


@dataclass
class _Load:
    """When a job's operands are complete: from these cycles on its phases can be chosen."""

    key_ready: int
    query_ready: int
    free: int


class _Timeline:
    """First possible cycles of everything, job after job."""

    def __init__(self, config, jobs, starts):
        self.config = config
        self.jobs = jobs
        self.starts = starts
        self.loads = []
        self.key_close, self.query_close = [], []  # the operands' bank is free again
        self.g_ready = []  # all of a job's G is written
        self.ends = []
        self.choose = 0  # the stager is free
        self.array = 0  # the streamer is free
        self.banks = []  # from when on each result bank is free again, in order of use
        self.post = 0  # the post-processor is free
        self.exit_delay, self.row_delay = exit_delay(config), row_delay(config)
        self.g_delay, self.quotient_delay = g_delay(config), quotient_delay(config)
        self.mean_delay = Divider.cycles(config.key_mean.bits, config.serial)
        scale = value_scale(config)
        if config.serial:
            self.term_delay = SerialScale.cycles(scale["multiplier_bits"], scale["shift_bits"])
        else:
            self.term_delay = Requantise.cycles(scale["i_form"], scale["multiplier_bits"])

    # Loader --------------------------------------------------------------------------------------------------------
    def row_cycles(self, features, lanes):
        """Cycles for a row of V or Q: a beat takes one for each piece that the lanes take."""
        elements = self.config.elements
        beats, rest = divmod(features, elements)
        piece = min(elements, lanes)
        return beats * ceil(elements / piece) + ceil(rest / piece)

    def load(self, number):
        """Times of job ``number``; those before it are known."""
        while len(self.loads) <= number:
            at = len(self.loads)
            job = self.jobs[at]
            start = self.starts[at]
            if at >= self.config.job_slots:
                start = max(start, self.ends[at - self.config.job_slots] + HostFrontEnd.restart_latency)
            taken = max(start + HostFrontEnd.start_latency, self.loads[-1].free if at else 0)
            key_space = self.key_close[at - 2] if at >= 2 else 0
            query_space = self.query_close[at - 2] if at >= 2 else 0
            key_end = max(taken + 1, key_space) + job.tokens * ceil(job.head_dim / self.config.elements) - 1
            value_end = key_end + job.tokens * self.row_cycles(job.value_dim, self.config.columns)
            query_end = (
                max(value_end + 1, query_space) + job.tokens * self.row_cycles(job.head_dim, self.config.rows) - 1
            )
            # A scan reads its first sum two cycles after the last beat, and one per cycle or step of a serial unit.
            key_scan = key_end + 2
            last_mean = key_scan + (job.head_dim - 1) * self.config.mean_interval
            value_scan = max(value_end + 1, last_mean + self.config.mean_interval) + 1
            mean_done = last_mean + 2 + self.mean_delay
            terms_done = value_scan + (job.value_dim - 1) * self.config.term_interval + 2 + self.term_delay
            key_value = max(value_end + 1, mean_done)
            query = max(query_end + 1, key_value + 1, terms_done)
            self.loads.append(_Load(key_value + 1, query + 1, query + 1))
        return self.loads[number]

    # Stager and streamer -------------------------------------------------------------------------------------------
    def stage(self):
        """Chooses the next phase and runs it through the array and the post-processor."""
        key, query = len(self.key_close), len(self.query_close)
        never = float("inf")
        key_at = query_at = never
        if key < len(self.jobs) and key - query < 2:
            key_at = max(self.choose, self.load(key).key_ready)
        if query < key:
            query_at = max(self.choose, self.load(query).query_ready, self.g_ready[query])
        if key_at <= query_at:
            job = self.jobs[key]
            end = self.tiles(key_at, job, job.tokens, job.head_dim, self.post_g, key)
            self.key_close.append(end + self.exit_delay + 1)
        else:
            job = self.jobs[query]
            end = self.tiles(query_at, job, job.head_dim, job.tokens, self.post_outputs, query)
            self.query_close.append(end + self.row_delay + 1)

    def tiles(self, chosen, job, reduction, length, post, number):
        """All tiles of a phase; returns the cycle of its last feed."""
        rows, columns = self.config.rows, self.config.columns
        passes = ceil(reduction / rows)
        slot = max(length, ColumnSums.hazard)
        loaded = chosen + 1 + rows  # a cycle to begin the phase
        tiles = ceil(job.value_dim / columns)
        for tile in range(tiles):
            for step in range(passes):
                start = max(loaded, self.array)
                if step == passes - 1:
                    if len(self.banks) >= 2:
                        start = max(start, self.banks[-2])
                    used = min(columns, job.value_dim - tile * columns)
                    steps = length * ceil(used / self.config.dividers)
                    opened = start + 2 + self.exit_delay
                    self.banks.append(post(opened, steps, tile == 0, tile == tiles - 1, job, number))
                self.array = start + slot
                loaded = start + rows
        self.choose = start + 1
        return start + length

    # Post-processor and output -------------------------------------------------------------------------------------
    def post_g(self, opened, steps, first, last, job, number):
        """A tile of G; returns when its result bank is free."""
        end = max(opened, self.post) + steps
        self.post = end + 1
        if last:
            written = end + self.g_delay + 1
            self.post = written + 1
            self.g_ready.append(written + 1)
        return end + 1

    def post_outputs(self, opened, steps, first, last, job, number):
        """A tile of outputs; the last one sends the job to the output stream."""
        begin = max(opened, self.post)
        if first and number >= 2:
            begin = max(begin, self.ends[number - 2] + 1)
        interval = self.config.quotient_interval
        end = begin + steps * interval
        self.post = end + 1
        if last:
            written = end - (interval - 1) + self.quotient_delay + 1
            self.post = written + 1
            read = max(written + 1, self.ends[-1] + 1 if self.ends else 0)
            beats = job.tokens * ceil(job.value_dim / self.config.result_elements)
            self.ends.append(read + beats + 1)
        return end + 1
