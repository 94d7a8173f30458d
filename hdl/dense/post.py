"""From sums in the results' memory to beats of results."""

from amaranth.hdl import Cat, Const, Module, Mux, Shape, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.dense.config import Config
from attnforge.hdl.dense.geometry import RESULT_BANKS, Geometry
from attnforge.hdl.dense.job import counters
from attnforge.hdl.dense.loader import job_layout
from attnforge.hdl.dense.model import MOST_SATURATED
from attnforge.hdl.dense.row_scales import RowScales
from attnforge.hdl.dense.scale import ScaleLane
from attnforge.hdl.parts.arithmetic.select import select
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.host.job_counters import done_layout
from attnforge.hdl.parts.memory.ram import Ram, address_bits
from attnforge.hdl.parts.stream.beat import Beat, StreamBuffer, StreamQueue
from attnforge.hdl.parts.stream.result_stream import ResultStream

__all__ = ["PostProcessor", "post_delay"]

READ = 1 + Ram.latency + 1
"""Cycles from a step to the sums: its address and its words are registers."""
ABORTS = 2
"""That may wait beside the blocks."""


def result_delay(config: Config) -> int:
    """Cycles from a step to its results."""
    return READ + 1 + ScaleLane.cycles(config)


def post_delay(config: Config) -> int:
    """Cycles from a beat's last step to the beat at the stream."""
    return result_delay(config) + ResultStream.latency


class PostProcessor(wiring.Component):
    """Reads complete blocks row by row, ``lanes`` neighbouring results per cycle, and sends them as beats.

    A block of ``rows`` rows of ``n`` results takes ``rows * ceil(n / lanes)`` steps, one per cycle, the first of them
    in the cycle after its start. It starts as soon as all of this holds: ``complete`` has come for it (the same cycle
    will do), `RowScales` has told it if it is a head's, and the last step of the block before is at hand or over. So
    blocks follow each other without a gap, whatever their jobs. A beat leaves `post_delay` cycles after its last step.

    When the operands of a job turn out to be bad after blocks of it have left, its results end with a beat of zeros
    that has ``last``; without such a block they are none.

    Parameters
    ----------
    config : Config

    Members
    -------
    p_en, p_address, p_data : In
        A channel's parameters: bit per lane, lane = channel mod ``lanes``.
    block : In(stream.Signature(Geometry.results))
        Blocks that were begun, and aborts, in order; a head's two cycles before its first row sum, or earlier.
    job_slot, job : Out, In
        The table of the jobs: that of the slot, in the same cycle.
    complete : In(1)
        The oldest block that is not yet complete is so from the next cycle on.
    row_sum : In(Geometry.row_sum)
    bank, next, free : In, Out, Out
        Bookkeeping of the results' banks: ``next`` when a block starts, ``free`` with its last read.
    r_en, r_address, sums : Out, Out, In
        One row of a tile, two cycles later.
    macs_slot, macs, saturated : Out, In, In
        Products and saturated scores of the job in a slot, in the same cycle; one cycle after the job's last step.
    o : Out(stream.Signature(Beat(config.beat_bytes)))
    done : Out
        A job leaves; see `HostFrontEnd`.
    """

    def __init__(self, config: Config):
        self.config = config
        self.geometry = g = Geometry(config)
        self.key = (config,)
        self.parameter_depth = g.parameter_banks * g.channel_groups
        # A block that waits, with the sizes that this part needs of its job.
        self.entry = data.StructLayout(
            {
                **{name: g.results.members[name] for name in ("abort", "first", "final", "linear", "rows", "slot")},
                "parameters": g.results.members["parameters"],
                "columns": max(config.max_value_dim, config.max_channels).bit_length(),
            }
        )
        super().__init__(
            {
                "p_en": In(config.lanes),
                "p_address": In(address_bits(self.parameter_depth)),
                "p_data": In(config.channel_scale.layout),
                "block": In(stream.Signature(g.results)),
                "job_slot": Out(g.slot_bits),
                "job": In(job_layout(config)),
                "complete": In(1),
                "row_sum": In(g.row_sum),
                "bank": In(1),
                "next": Out(1),
                "free": Out(1),
                "r_en": Out(1),
                "r_address": Out(address_bits(RESULT_BANKS * g.result_depth)),
                "sums": In(data.ArrayLayout(Shape(config.sum_bits, True), config.columns)),
                "macs_slot": Out(g.slot_bits),
                "macs": In(g.macs_bits),
                "saturated": In(range(MOST_SATURATED + 1)),
                "o": Out(stream.Signature(Beat(config.beat_bytes))),
                "done": Out(done_layout(counters(config))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, form = self.config, self.config.result
        scales = place(m, platform, "row_scales", RowScales(config))
        results = place(
            m,
            platform,
            "results",
            ResultStream(
                form.bits,
                (form.container_bits,),
                config.lanes,
                config.beat_bytes,
                delay=result_delay(config),
                counters=counters(config),
            ),
        )
        waiting = self._queue(m, platform, scales)
        step = self._walk(m, waiting, scales, results)
        s1 = registered(m, 1, step)
        m.d.comb += [self.r_en.eq(s1["read"]), self.r_address.eq(s1["address"])]
        self._lanes(m, platform, s1, scales, results)
        for stage in range(2, result_delay(config) + 1):
            s1 = registered(m, stage, {name: s1[name] for name in GROUP})
        m.d.comb += [getattr(results, name).eq(s1[name]) for name in GROUP]
        wiring.connect(m, results.o, wiring.flipped(self.o))
        m.d.comb += self.done.eq(results.done)
        return m

    def _queue(self, m, platform, scales):
        """Blocks that were begun wait with what is needed of their jobs; so their slots need not be looked up again."""
        begun = place(m, platform, "begun", StreamBuffer(self.geometry.results))
        wiring.connect(m, wiring.flipped(self.block), begun.i)
        block = begun.o.payload
        queue = place(m, platform, "waiting", StreamQueue(self.entry, RESULT_BANKS + ABORTS))
        m.d.comb += [
            self.job_slot.eq(block.slot),
            queue.i.valid.eq(begun.o.valid),
            begun.o.ready.eq(queue.i.ready),
            *(queue.i.payload[name].eq(block[name]) for name, _ in self.entry if name != "columns"),
            queue.i.payload.columns.eq(Mux(block.linear, self.job.channels, self.job.value_dim)),
            scales.begin.valid.eq(begun.o.valid & begun.o.ready & ~block.abort & ~block.linear),
            scales.begin.multiplier.eq(self.job.out_multiplier),
            scales.begin.shift.eq(self.job.out_shift),
            scales.row_sum.eq(self.row_sum),
        ]
        return queue.o

    def _walk(self, m, waiting, scales, results):
        """Goes through the blocks; returns the step at hand."""
        config, g = self.config, self.geometry
        tile_groups = config.columns // config.lanes
        entry = waiting.payload
        block = Signal(self.entry, reset_less=True, name="block")
        complete_blocks = Signal(range(RESULT_BANKS + 1), name="complete_blocks")
        reading = Signal(name="reading")
        start = Signal(name="start")
        go = Signal(name="go")
        abort = Signal(name="abort")
        columns = max(config.max_value_dim, config.max_channels)
        left, length = (Signal(range(columns), name=name, reset_less=True) for name in ("left", "length"))
        rows_left = Signal(len(entry.rows), reset_less=True, name="rows_left")
        # This step ends its row, a row has one step, one row is left.
        row_end, short, last_row = (Signal(name=name, reset_less=True) for name in ("row_end", "short", "last_row"))
        row_address = Signal(len(self.r_address), reset_less=True, name="row_address")
        address = Signal.like(row_address, name="address")
        group = Signal(address_bits(tile_groups), reset_less=True, name="group")
        channel_group = Signal(address_bits(g.channel_groups), reset_less=True, name="channel_group")
        parameter_base = Signal(range(self.parameter_depth), reset_less=True, name="parameter_base")
        at = Signal(address_bits(config.result_elements // config.lanes), reset_less=True, name="at")
        index, scale_bank = Signal(g.index_bits, reset_less=True, name="index"), Signal(init=1, name="scale_bank")
        masked = Signal(counters(config)[0].bits, reset_less=True, name="masked")
        block_end, beat_full = Signal(name="block_end"), Signal(name="beat_full")

        m.d.comb += [
            go.eq(reading & results.room),
            block_end.eq(row_end & last_row),
            beat_full.eq(at == config.result_elements // config.lanes - 1),
            start.eq(
                waiting.valid
                & ~entry.abort
                & ((complete_blocks != 0) | self.complete)
                & (entry.linear | scales.block.valid)
                & (~reading | (go & block_end))
            ),
            abort.eq(waiting.valid & entry.abort & ~reading & results.room),
            waiting.ready.eq(start | abort),
            scales.block.ready.eq(start & ~entry.linear),
            self.next.eq(start),
        ]
        m.d.sync += [
            complete_blocks.eq(complete_blocks + self.complete - start),
            self.free.eq(go & block_end),
        ]

        def row(length, short, address_now):
            m.d.sync += [
                left.eq(length),
                row_end.eq(short),
                row_address.eq(address_now),
                address.eq(address_now),
                group.eq(0),
                channel_group.eq(0),
                at.eq(0),
            ]

        with m.If(go):
            m.d.sync += [
                left.eq(left - config.lanes),
                row_end.eq(left < 2 * config.lanes),
                group.eq(group + 1),
                channel_group.eq(channel_group + 1),
                at.eq(at + 1),
            ]
            with m.If(group == tile_groups - 1):
                m.d.sync += [group.eq(0), address.eq(address + config.most_rows)]
            with m.If(beat_full):
                m.d.sync += at.eq(0)
            with m.If(row_end):
                row(length, short, row_address + 1)
                m.d.sync += [rows_left.eq(rows_left - 1), last_row.eq(rows_left == 2), index.eq(index + 1)]
            with m.If(block_end):
                m.d.sync += reading.eq(0)
        with m.If(start):
            row(entry.columns - 1, entry.columns <= config.lanes, Mux(self.bank, g.result_depth, 0))
            m.d.sync += [
                reading.eq(1),
                block.eq(entry),
                length.eq(entry.columns - 1),
                short.eq(entry.columns <= config.lanes),
                rows_left.eq(entry.rows),
                last_row.eq(entry.rows == 1),
                index.eq(0),
                scale_bank.eq(scale_bank ^ ~entry.linear),
                parameter_base.eq(
                    select(entry.parameters, [Const(bank * g.channel_groups) for bank in range(g.parameter_banks)])
                ),
                masked.eq(Mux(entry.first, 0, masked) + Mux(entry.linear, 0, scales.block.payload)),
            ]

        # An abort is a step without results: a beat of zeros.
        step = {
            "read": go,
            "address": address,
            "parameter": parameter_base + channel_group,
            "scale": Cat(index, scale_bank),
            "linear": block.linear,
            "group": group,
            "valid": go | abort,
            "used": Cat(go, *(go & (~row_end | (left >= number)) for number in range(1, config.lanes))),
            "place": at,
            "ends_beat": row_end | beat_full | abort,
            "last": (block.final & block_end & go) | abort,
            "drop": abort & entry.first,
        }
        m.d.comb += results.claim.eq(step["valid"] & step["ends_beat"])
        # The end of a job is told a cycle later: its beat is not there for long.
        ends, s1_masked = Signal(name="s1_ends"), Signal.like(masked, name="s1_masked")
        s1_head = Signal(name="s1_head", reset_less=True)  # of which scores were counted
        s1_drop = Signal(name="s1_drop", reset_less=True)  # of which nothing was counted
        m.d.sync += [
            ends.eq(step["valid"] & step["last"]),
            self.macs_slot.eq(Mux(reading, block.slot, entry.slot)),
            s1_masked.eq(Mux(step["drop"], 0, masked)),
            s1_head.eq(~step["linear"] & ~step["drop"]),
            s1_drop.eq(step["drop"]),
        ]
        m.d.comb += [
            results.ends.valid.eq(ends),
            results.ends.counts.macs.eq(Mux(s1_drop, 0, self.macs)),
            results.ends.counts.masked_rows.eq(s1_masked),
            results.ends.counts.saturated_scores.eq(Mux(s1_head, self.saturated, 0)),
        ]
        return step

    def _lanes(self, m, platform, s1, scales, results):
        """Sums, parameters and scales of a group: read, chosen, scaled."""
        config = self.config
        tiles = config.columns // config.lanes
        m.d.comb += scales.r_address.eq(s1["scale"])
        row_scale = {"multiplier": scales.multiplier, "shift": scales.shift}
        s2 = registered(m, 2, {**row_scale, "linear": s1["linear"], "group": s1["group"]})
        s3 = registered(m, 3, s2)
        for number in range(config.lanes):
            words = Ram(config.channel_scale.layout.size, self.parameter_depth, "parameters")
            ram = place(m, platform, f"parameters{number}", words)
            lane = place(m, platform, f"lane{number}", ScaleLane(config))
            parameters = Signal(config.channel_scale.layout, name=f"s3_parameters{number}", reset_less=True)
            s4_sum = Signal(Shape(config.sum_bits, True), name=f"s4_sum{number}", reset_less=True)
            s4_bias = Signal(config.channel_scale.bias.shape, name=f"s4_bias{number}", reset_less=True)
            s4_multiplier = Signal(config.scale_bits, name=f"s4_multiplier{number}", reset_less=True)
            s4_shift = Signal(config.scale_shift_bits, name=f"s4_shift{number}", reset_less=True)
            columns = [self.sums[at] for at in range(number, config.columns, config.lanes)]
            m.d.sync += [
                parameters.eq(ram.r_data),
                s4_sum.eq(select(s3["group"], columns) if tiles > 1 else columns[0]),
                s4_bias.eq(Mux(s3["linear"], parameters.bias, 0)),
                s4_multiplier.eq(Mux(s3["linear"], parameters.multiplier, s3["multiplier"])),
                s4_shift.eq(Mux(s3["linear"], parameters.shift, s3["shift"])),
            ]
            m.d.comb += [
                ram.w_en.eq(self.p_en[number]),
                ram.w_address.eq(self.p_address),
                ram.w_data.eq(self.p_data.as_value()),
                ram.r_en.eq(s1["read"] & s1["linear"]),  # a head's bank may be a layer's that is being loaded
                ram.r_address.eq(s1["parameter"]),
                lane.sum.eq(s4_sum),
                lane.bias.eq(s4_bias),
                lane.multiplier.eq(s4_multiplier),
                lane.shift.eq(s4_shift),
                results.codes[number].eq(lane.o),
            ]


GROUP = ("valid", "used", "place", "ends_beat", "last", "drop")
"""What goes along with a group to the end."""


def registered(m, stage, fields):
    """The fields a cycle later; what has an effect of its own is reset."""
    following = {
        name: Signal(len(value), name=f"s{stage}_{name}", reset_less=name not in ("read", "valid"))
        for name, value in fields.items()
    }
    m.d.sync += [following[name].eq(value) for name, value in fields.items()]
    return following
