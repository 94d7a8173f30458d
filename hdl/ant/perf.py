"""Cycles of the ANT core, exact: the blocks' latencies, and the few places where they wait for each other.

In steady state, with streams and post-processor fast enough, the array is the bottleneck and a job takes ::

    ceil(M f_a / R) ceil(N f_w / C) max(K, 2 R - 1)      cycles,

f = 2 for 8-bit operands and 1 for others: the number that `tile_cycles` gives. `job_ends` knows when each block of rows
can begin, so it is also right for the first job, for short jobs and slow streams.
"""

from math import ceil

from attnforge.hdl.ant.config import CODE_BITS, Config
from attnforge.hdl.ant.engine import complete_delay, load_delay
from attnforge.hdl.ant.post import code_delay, post_delay
from attnforge.hdl.ant.sequencer import ADDRESS_DELAY, begin_delay
from attnforge.hdl.contract.design import Perf, job_perf
from attnforge.hdl.parts.arithmetic.channel_scale import PARAMETER_BYTES
from attnforge.hdl.parts.host.front_end import HostFrontEnd

__all__ = ["job_ends", "perf", "tile_cycles"]

NEVER = float("-inf")


def digits(config: Config, job) -> tuple[int, int]:
    """Rows of the array for a row of A, and columns for a column of W."""
    return tuple(1 + (form.bits > CODE_BITS) for form in (config.activations[job.a_type], config.weights[job.w_type]))


def tile_cycles(config: Config, job) -> int:
    """Cycles that the array needs for a job when nothing else makes it wait."""
    rows, columns = digits(config, job)
    blocks, tiles = ceil(job.m * rows / config.rows), ceil(job.n * columns / config.columns)
    return blocks * tiles * max(job.k, 2 * config.rows - 1)


def perf(config: Config, job) -> Perf:
    """Latency and interval of a job; see `Perf`. An 8-bit operand counts as two of 4 bits."""
    rows, columns = digits(config, job)
    return job_perf(job_ends, config, job, job.m * rows * job.n * columns * job.k)


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
    timeline, ends = _Timeline(config), []
    for number, (job, start) in enumerate(zip(jobs, starts, strict=True)):
        if number >= config.job_slots:
            start = max(start, ends[number - config.job_slots] + HostFrontEnd.restart_latency)
        ends.append(timeline.job(job, start))
    return ends


class _Timeline:
    """First possible cycles of everything, job after job and block after block."""

    def __init__(self, config):
        self.config = config
        self.loader = 0  # free for a job
        self.w_spaces = [0, 0]  # of the next two jobs
        # What a block waits for: the last beat before it, banks of A, the last product, banks of sums, the reader.
        self.beat, self.a_spaces, self.product, self.s_spaces, self.reader = 0, [0, 0], NEVER, [0] * config.sum_banks, 0

    def job(self, job, start):
        """Runs a job; returns the cycle of its last result beat."""
        config = self.config
        rows, columns = digits(config, job)
        taken = max(start + HostFrontEnd.start_latency, self.loader)
        parameters = job.n * ceil(PARAMETER_BYTES / config.beat_bytes)
        weights = job.k * self._row_cycles(job.n * columns)
        self.beat = max(taken + 1, self.w_spaces[0]) + parameters + weights - 1

        block_rows = config.rows // rows
        tiles = ceil(job.n * columns / config.columns)
        full, rest = divmod(job.m, block_rows)
        lengths = (job, tiles, block_rows, rows)
        seen = []
        left = full - (rest == 0)  # all but the last block
        while left:
            self._block(*lengths)
            left -= 1
            state = self._state()
            # Blocks that take equally long for everybody, after as many as there are banks, are followed by others.
            then = seen[-config.sum_banks] if len(seen) >= config.sum_banks else None
            seen.append(state)
            if then and len({now - before for now, before in zip(state, then, strict=True)}) == 1:
                self._forward(left // config.sum_banks * (state[0] - then[0]))
                left %= config.sum_banks
                seen = []
        read = self._block(job, tiles, rest or block_rows, rows)
        self.reader += code_delay(config) - 2
        free = self.product + ADDRESS_DELAY + load_delay() + (config.columns + 1) // 2
        self.w_spaces = [self.w_spaces[1], free + 1]
        self.loader = self.beat + 1
        return read + post_delay(config)

    def _row_cycles(self, codes):
        """Cycles for a row of W: a beat takes one for each piece that the lanes take."""
        nibbles = self.config.nibbles
        piece = min(nibbles, self.config.columns)
        beats, rest = divmod(codes, nibbles)
        return beats * ceil(nibbles / piece) + ceil(rest / piece)

    def _block(self, job, tiles, block_rows, rows):
        """A block of ``block_rows`` rows of A; returns the cycle in which its last sums are read."""
        config = self.config
        beats = block_rows * ceil(job.k * rows / config.nibbles)
        self.beat = max(self.beat + 1, self.a_spaces[0]) + beats - 1
        settled = self.product + 2 * config.rows - 1 - job.k
        begin = max(self.beat + begin_delay(), self.s_spaces[0], self.product, settled)
        self.product = begin + job.k + (tiles - 1) * max(job.k, 2 * config.rows - 1)
        self.a_spaces = [self.a_spaces[1], self.product + ADDRESS_DELAY + config.rows + 1]
        complete = self.product + ADDRESS_DELAY + complete_delay(config) + 2 * (block_rows * rows - 1)
        read = max(self.reader, complete) + block_rows * ceil(job.n / config.lanes)
        self.reader = read + 1
        self.s_spaces = [*self.s_spaces[1:], read + 1]
        return read

    def _state(self):
        return [self.beat, *self.a_spaces, self.product, *self.s_spaces, self.reader]

    def _forward(self, cycles):
        self.beat += cycles
        self.product += cycles
        self.reader += cycles
        self.a_spaces = [at + cycles for at in self.a_spaces]
        self.s_spaces = [at + cycles for at in self.s_spaces]
