"""Gathers the outputs of a job in rows, and streams them."""

import math

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.parts.array.lanes import LaneWriter, moved
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.host.job_counters import done_layout
from attnforge.hdl.parts.memory.banks import DoubleBuffer
from attnforge.hdl.parts.memory.ram import Ram, address_bits
from attnforge.hdl.parts.proof import Proof
from attnforge.hdl.parts.stream.beat import Beat, StreamQueue
from attnforge.hdl.vitality.config import Config
from attnforge.hdl.vitality.geometry import Geometry
from attnforge.hdl.vitality.job import counters
from attnforge.hdl.vitality.walker import Walker

__all__ = ["OutputBuffer"]


class OutputBuffer(wiring.Component):
    """The post-processor works column tile by column tile, the stream wants rows: a double buffer of whole jobs.

    A job's beats leave one per cycle as soon as it is complete.

    Parameters
    ----------
    config : Config

    Members
    -------
    begin : In
        ``valid`` when the outputs of a job begin; ``dropped`` when it has none. Slot and sizes.
    quotient_valid, quotients, nonpositive : In
        Outputs of ``dividers`` neighbouring columns, in the order of `Walker`; whether their row's denominator was not
        above zero.
    outputs_done : Out(1)
        The last of them is in the buffer.
    space : Out(1)
        A bank is free.
    o : Out(stream.Signature(Beat(config.beat_bytes)))
    done : Out
        A job leaves; see `HostFrontEnd`.
    macs_slot, macs : Out, In
    """

    def __init__(self, config: Config):
        self.config = config
        self.geometry = g = Geometry(config)
        self.key = (config,)
        self.job = data.StructLayout(
            {"dropped": 1, "slot": g.slot_bits, "sizes": g.sizes, "nonpositive": config.token_bits}
        )
        super().__init__(
            {
                "begin": In(data.StructLayout({"valid": 1, "dropped": 1, "slot": g.slot_bits, "sizes": g.sizes})),
                "quotient_valid": In(1),
                "quotients": In(data.ArrayLayout(config.result.shape, config.dividers)),
                "nonpositive": In(1),
                "outputs_done": Out(1),
                "space": Out(1),
                "o": Out(stream.Signature(Beat(config.beat_bytes))),
                "done": Out(done_layout(counters(config))),
                "macs_slot": Out(g.slot_bits),
                "macs": In(g.macs_bits),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, g = self.config, self.geometry
        banks = place(m, platform, "banks", DoubleBuffer())
        queue = place(m, platform, "jobs", StreamQueue(self.job, 2))
        m.d.comb += self.space.eq(banks.space)
        writer = self._write(m, platform, banks, queue)

        bits, container = config.result.bits, config.result.container_bits
        lanes = []
        r_en, r_address = (
            Signal(name="r_en"),
            Signal(address_bits(2 * g.result_depth), reset_less=True, name="r_address"),
        )
        for lane in range(config.result_elements):
            ram = place(m, platform, f"lane{lane}", Ram(config.result.shape, 2 * g.result_depth, "outputs"))
            m.d.comb += [
                ram.w_en.eq(writer.w_en[lane]),
                ram.w_address.eq(writer.w_address[lane]),
                ram.w_data.eq(writer.w_data[lane]),
                ram.r_en.eq(r_en),
                ram.r_address.eq(r_address),
            ]
            lanes.append(ram.r_data)
        used = self._read(m, banks, queue, r_en, r_address)
        words = [
            Cat(word[: bits - 1], word[bits - 1].replicate(container - bits + 1)) & used[lane].replicate(container)
            for lane, word in enumerate(lanes)
        ]
        m.d.comb += self.o.payload.data.as_value().eq(Cat(*words))
        if isinstance(platform, Proof):
            platform.promises(m, self).stream("o", self.o)
        return m

    def _write(self, m, platform, banks, queue):
        """Scatters the quotients; at the end of a job its bank is full."""
        config, g = self.config, self.geometry
        lanes, width = config.result_elements, address_bits(2 * g.result_depth)
        step = math.gcd(config.dividers, lanes)
        walker = place(m, platform, "walker", Walker(config))
        writer = place(m, platform, "writer", LaneWriter(lanes, config.dividers, config.result.bits, width, step))
        job = Signal(self.job, reset_less=True, name="job")
        # Words and lanes of the step, of its tile's first column, and of the next step.
        word, row, tile_word = (Signal(width, name=n, reset_less=True) for n in ("word", "row", "tile_word"))
        lane, tile_lane = (Signal(range(max(2, lanes)), name=n, reset_less=True) for n in ("lane", "tile_lane"))
        wrong_rows = Signal(config.token_bits, reset_less=True, name="wrong_rows")
        base = Signal(width, name="base")

        m.d.comb += [
            base.eq(Mux(banks.w_bank, g.result_depth, 0)),
            walker.restart.eq(self.begin.valid & ~self.begin.dropped),
            walker.length.eq(self.begin.sizes.tokens),
            walker.columns.eq(self.begin.sizes.value_dim),
            walker.advance.eq(self.quotient_valid),
            writer.valid.eq(self.quotient_valid),
            writer.address.eq(word),
            writer.lane.eq(lane),
            writer.count.eq(walker.count),
            writer.elements.eq(self.quotients.as_value()),
        ]
        with m.If(self.begin.valid):
            m.d.sync += [job.slot.eq(self.begin.slot), job.sizes.eq(self.begin.sizes), wrong_rows.eq(0)]
            m.d.sync += [word.eq(base), row.eq(base), tile_word.eq(0), lane.eq(0), tile_lane.eq(0)]
        with m.If(self.quotient_valid):
            with m.If(walker.first_tile & walker.first_step & self.nonpositive):
                m.d.sync += wrong_rows.eq(wrong_rows + 1)
            following_word, following_lane = moved(word, lane, config.dividers, lanes)
            m.d.sync += [word.eq(following_word), lane.eq(following_lane)]
            with m.If(walker.last_step):
                m.d.sync += [row.eq(row + g.result_groups), lane.eq(tile_lane)]
                m.d.sync += word.eq(row + g.result_groups + tile_word)
            with m.If(walker.tile_end):
                tile_word_next, tile_lane_next = moved(tile_word, tile_lane, config.columns, lanes)
                m.d.sync += [tile_word.eq(tile_word_next), tile_lane.eq(tile_lane_next), row.eq(base)]
                m.d.sync += [word.eq(base + tile_word_next), lane.eq(tile_lane_next)]

        # One cycle behind, when the last group is written, the job goes to the reader.
        m.d.sync += self.outputs_done.eq(self.quotient_valid & walker.phase_end)
        drop = self.begin.valid & self.begin.dropped
        item = queue.i.payload
        m.d.comb += [
            queue.i.valid.eq(self.outputs_done | drop),
            banks.commit.eq(queue.i.valid),
            item.dropped.eq(drop),
            item.slot.eq(Mux(drop, self.begin.slot, job.slot)),
            item.sizes.eq(job.sizes),
            item.nonpositive.eq(wrong_rows),
        ]
        return writer

    def _read(self, m, banks, queue, r_en, r_address):
        """Reads the oldest job row by row; returns which elements of the beat are in use."""
        config, g = self.config, self.geometry
        elements = config.result_elements
        job = queue.o.payload
        left = Signal(config.max_value_dim.bit_length(), reset_less=True, name="left")
        tokens_left = Signal(config.token_bits, reset_less=True, name="tokens_left")
        row = Signal(len(r_address), reset_less=True, name="row")
        used = Signal(elements, reset_less=True, name="used")
        last = Signal(reset_less=True, name="last")
        move, row_end, job_end = Signal(name="move"), Signal(name="row_end"), Signal(name="job_end")
        m.d.comb += [
            move.eq(~self.o.valid | self.o.ready),
            row_end.eq(left <= elements),
            job_end.eq(row_end & (tokens_left == 1)),
            self.o.payload.last.eq(last),
            self.macs_slot.eq(job.slot),
            self.done.macs.eq(Mux(job.dropped, 0, self.macs)),
            self.done.dropped.eq(job.dropped),
            self.done.nonpositive_rows.eq(job.nonpositive),
        ]
        with m.If(move):
            m.d.sync += self.o.valid.eq(r_en)
        with m.If(self.done.valid):
            m.d.comb += [queue.o.ready.eq(1), banks.next.eq(1), banks.free.eq(1)]
        with m.FSM(name="output"):
            with m.State("WAIT"):
                m.d.sync += [
                    left.eq(job.sizes.value_dim),
                    tokens_left.eq(job.sizes.tokens),
                    r_address.eq(Mux(banks.r_bank, g.result_depth, 0)),
                    row.eq(Mux(banks.r_bank, g.result_depth, 0)),
                ]
                with m.If(queue.o.valid):
                    with m.If(job.dropped):
                        m.d.comb += self.done.valid.eq(1)
                    with m.Else():
                        m.next = "READ"
            with m.State("READ"):
                m.d.comb += r_en.eq(move)
                with m.If(move):
                    m.d.sync += [left.eq(left - elements), r_address.eq(r_address + 1), last.eq(job_end)]
                    m.d.sync += used.eq(Cat(*(left > number for number in range(elements))))
                    with m.If(row_end):
                        m.d.sync += [
                            left.eq(job.sizes.value_dim),
                            tokens_left.eq(tokens_left - 1),
                            row.eq(row + g.result_groups),
                            r_address.eq(row + g.result_groups),
                        ]
                    with m.If(job_end):
                        m.next = "LAST"
            with m.State("LAST"), m.If(self.o.valid & self.o.ready):
                m.d.comb += self.done.valid.eq(1)
                m.next = "WAIT"
        return used
