"""From sums in the buffer to beats of results."""

from amaranth.hdl import Cat, Module, Mux, Shape, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.ant.config import Config
from attnforge.hdl.ant.geometry import Geometry
from attnforge.hdl.ant.job import counters
from attnforge.hdl.ant.scale import ScaleLane
from attnforge.hdl.ant.sums import SumLanes
from attnforge.hdl.parts.arithmetic.select import select
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.host.job_counters import done_layout
from attnforge.hdl.parts.memory.ram import address_bits
from attnforge.hdl.parts.memory.registered_ram import RegisteredRam
from attnforge.hdl.parts.stream.beat import Beat
from attnforge.hdl.parts.stream.result_stream import ResultStream

__all__ = ["PostProcessor", "code_delay", "post_delay", "result_stream"]

READ_DELAY = 1
"""Cycles from a step to the address that it reads: all columns' buffers and the parameters are far apart."""


def code_delay(config: Config) -> int:
    """Cycles from a step to its code; also between the last step of a job and the first of the next."""
    return READ_DELAY + SumLanes.read_latency + 1 + ScaleLane.cycles(config)


def post_delay(config: Config) -> int:
    """Cycles from the step of a beat's last sums to the beat at the stream."""
    return code_delay(config) + ResultStream.latency


def result_stream(config: Config) -> ResultStream:
    """What the codes go to."""
    return ResultStream(
        config.wide_bits,
        config.container_sizes,
        config.lanes,
        config.beat_bytes,
        delay=code_delay(config),
        counters=counters(config),
    )


class PostProcessor(wiring.Component):
    """Reads a complete block row by row, ``lanes`` neighbouring channels per cycle, and sends it as beats.

    Nothing between a step and its beat waits: see `ResultStream`. When the operands of a job turn out to be bad after
    blocks of it have left, its results end with a beat of zeros that has ``last``; without such a block they are none.

    Parameters
    ----------
    config : Config

    Members
    -------
    p_en, p_address, p_data : In
        A channel's parameters: bit per lane, lane = channel mod ``lanes``.
    block : In(stream.Signature(Geometry.sums))
        Blocks that were begun, and aborts, in order.
    complete : In(1)
        The oldest block that is not yet complete is so from the next cycle on.
    bank, next, free : In, Out, Out
        Bookkeeping of the sums' banks.
    r_en, r_address, sums : Out, Out, In
        One row of a tile, `SumLanes.read_latency` cycles later.
    o : Out(stream.Signature(Beat(config.beat_bytes)))
    done : Out
        A job leaves; see `HostFrontEnd`.
    """

    def __init__(self, config: Config):
        self.config = config
        self.geometry = g = Geometry(config)
        self.key = (config,)
        self.parameter_depth = g.parameter_banks * g.channel_groups
        super().__init__(
            {
                "p_en": In(config.lanes),
                "p_address": In(address_bits(self.parameter_depth)),
                "p_data": In(config.channel_scale.layout),
                "block": In(stream.Signature(g.sums)),
                "complete": In(1),
                "bank": In(range(config.sum_banks)),
                "next": Out(1),
                "free": Out(1),
                "r_en": Out(1),
                "r_address": Out(address_bits(config.sum_banks * g.sum_depth)),
                "sums": In(data.ArrayLayout(Shape(config.sum_bits, True), config.columns)),
                "o": Out(stream.Signature(Beat(config.beat_bytes))),
                "done": Out(done_layout(counters(config))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config = self.config
        lanes = [place(m, platform, f"lane{number}", ScaleLane(config)) for number in range(config.lanes)]
        results = place(m, platform, "results", result_stream(config))
        step, reads, address, parameter_address, group = self._walk(m, results)

        # Sums and parameters of a group: read, chosen, scaled -------------------------------------------------------
        s1_parameter_address = Signal(address_bits(self.parameter_depth), reset_less=True, name="s1_parameter_address")
        m.d.sync += [
            self.r_en.eq(reads),
            self.r_address.eq(address),
            s1_parameter_address.eq(parameter_address),
        ]
        o_type = Signal(len(self.block.payload.o_type), reset_less=True, name="o_type")
        with m.If(step["valid"]):
            m.d.sync += o_type.eq(self.block.payload.o_type)
        chosen_at = READ_DELAY + SumLanes.read_latency
        if RegisteredRam.latency != SumLanes.read_latency:
            raise ValueError(f"sums take {SumLanes.read_latency} cycles, their parameters {RegisteredRam.latency}")
        for number, lane in enumerate(lanes):
            word = self._chosen(m, number, group, chosen_at)
            layout = config.channel_scale.layout
            parameters = Signal(layout, name=f"s{chosen_at + 1}_parameters{number}", reset_less=True)
            words_of_job = RegisteredRam(layout.size, self.parameter_depth, "parameters")
            ram = place(m, platform, f"parameters{number}", words_of_job)
            m.d.sync += parameters.eq(ram.r_data)
            m.d.comb += [
                ram.w_en.eq(self.p_en[number]),
                ram.w_address.eq(self.p_address),
                ram.w_data.eq(self.p_data.as_value()),
                ram.r_en.eq(self.r_en),
                ram.r_address.eq(s1_parameter_address),
                lane.sum.eq(word),
                lane.parameters.eq(parameters),
                lane.o_type.eq(o_type),
                results.codes[number].eq(lane.code),
            ]

        # The beat ---------------------------------------------------------------------------------------------------
        for number in range(code_delay(config)):
            following = {
                name: Signal(len(value), name=f"s{number + 1}_{name}", reset_less=name != "valid")
                for name, value in step.items()
            }
            m.d.sync += [following[name].eq(value) for name, value in step.items()]
            step = following
        with m.Switch(o_type):
            for number, form in enumerate(config.results):
                with m.Case(number):
                    m.d.comb += results.size.eq(config.container_sizes.index(form.container_bits))
        m.d.comb += [getattr(results, name).eq(value) for name, value in step.items()]
        wiring.connect(m, results.o, wiring.flipped(self.o))
        m.d.comb += self.done.eq(results.done)
        return m

    def _chosen(self, m, number, group, delay):
        """Registers the sum of lane ``number``, ``delay`` cycles after its group, which says of which column it is."""
        config = self.config
        plain = range(number, config.columns, config.lanes)
        fused = [2 * column for column in plain if 2 * column < config.columns] if config.eight_bits else []
        columns = sorted({*plain, *fused})
        chosen = Signal(range(max(2, len(columns))), name=f"column{number}")
        with m.Switch(group):
            for at, column in enumerate(plain):
                with m.Case(at):
                    m.d.comb += chosen.eq(columns.index(column))
                    if at < len(fused):
                        with m.If(self.block.payload.fuse_columns):
                            m.d.comb += chosen.eq(columns.index(fused[at]))
        for stage in range(1, delay + 1):
            following = Signal.like(chosen, name=f"s{stage}_column{number}", reset_less=True)
            m.d.sync += following.eq(chosen)
            chosen = following
        word = Signal(Shape(config.sum_bits, True), name=f"s{delay + 1}_sum{number}", reset_less=True)
        m.d.sync += word.eq(select(chosen, [self.sums[column] for column in columns]))
        return word

    def _walk(self, m, results):
        """Goes through the blocks.

        Returns the step at hand, whether it reads, its addresses of sums and of parameters, and its group in a tile.
        """
        config, g = self.config, self.geometry
        block = self.block.payload
        tile_groups = config.columns // config.lanes
        ready_blocks = Signal(range(config.sum_banks + 1), name="ready_blocks")
        channels_left = Signal(len(block.n), reset_less=True, name="channels_left")
        rows_left = Signal(len(block.rows), reset_less=True, name="rows_left")
        # Group of a row, row of the block
        row_end = Signal(reset_less=True, name="row_end")
        last_row = Signal(reset_less=True, name="last_row")
        row_address = Signal(len(self.r_address), reset_less=True, name="row_address")
        address = Signal.like(row_address, name="address")
        group = Signal(range(max(2, tile_groups)), reset_less=True, name="group")
        channel_group = Signal(range(max(2, g.channel_groups)), reset_less=True, name="channel_group")
        parameter_base = Signal(range(self.parameter_depth), reset_less=True, name="parameter_base")
        at = Signal(range(max(2, max(map(config.beat_places, config.results)))), reset_less=True, name="at")
        sent = Signal(name="sent")  # rows of the job have left
        flush = Signal(range(code_delay(config)), name="flush")  # the types of two jobs do not meet in a lane
        most_places = Signal.like(at, name="most_places")
        tile_end, block_end, reads = (Signal(name=n) for n in ("tile_end", "block_end", "reads"))
        with m.Switch(block.o_type):
            for number, form in enumerate(config.results):
                with m.Case(number):
                    m.d.comb += most_places.eq(config.beat_places(form) - 1)
        last_group = Mux(block.fuse_columns, max(tile_groups // 2, 1) - 1, tile_groups - 1)
        start = Signal.like(row_address, name="start")
        m.d.comb += [
            tile_end.eq(group == last_group),
            block_end.eq(row_end & last_row),
            start.eq(select(self.bank, [bank * g.sum_depth for bank in range(config.sum_banks)])),
        ]
        step = {
            "valid": Signal(name="step"),
            "used": Signal(config.lanes, name="used"),
            "place": at,
            "ends_beat": Signal(name="ends_beat"),
            "last": Signal(name="last"),
            "drop": Signal(name="drop"),
        }
        m.d.comb += [
            step["used"].eq(Cat(*(channels_left > number for number in range(config.lanes)))),
            step["ends_beat"].eq(row_end | (at == most_places)),
            step["last"].eq(block.final & block_end),
            results.claim.eq(step["valid"] & step["ends_beat"]),
            results.ends.valid.eq(step["valid"] & step["last"]),
            results.ends.counts.macs.eq(block.macs),
            self.next.eq(self.free),
        ]
        m.d.sync += ready_blocks.eq(ready_blocks + self.complete - self.free)
        with m.If(flush != 0):
            m.d.sync += flush.eq(flush - 1)

        def row(following):
            m.d.sync += [
                channels_left.eq(block.n),
                row_end.eq(block.n <= config.lanes),
                row_address.eq(following),
                address.eq(following),
                group.eq(0),
                channel_group.eq(0),
                at.eq(0),
            ]

        with m.FSM(name="post"):
            with m.State("WAIT"):
                row(start)
                m.d.sync += [
                    rows_left.eq(block.rows),
                    last_row.eq(block.rows == 1),
                    parameter_base.eq(
                        select(block.parameters, [bank * g.channel_groups for bank in range(g.parameter_banks)])
                    ),
                ]
                with m.If(self.block.valid & (flush == 0)):
                    with m.If(block.abort):
                        m.next = "ABORT"
                    with m.Elif((ready_blocks != 0) | self.complete):
                        m.next = "READ"
            with m.State("READ"), m.If(results.room):
                m.d.comb += [reads.eq(1), step["valid"].eq(1)]
                m.d.sync += [
                    channels_left.eq(channels_left - config.lanes),
                    row_end.eq(channels_left <= 2 * config.lanes),
                    group.eq(group + 1),
                    channel_group.eq(channel_group + 1),
                    at.eq(at + 1),
                ]
                with m.If(tile_end):
                    m.d.sync += [address.eq(address + config.rows), group.eq(0)]
                with m.If(at == most_places):
                    m.d.sync += at.eq(0)
                with m.If(row_end):
                    row(row_address + 1)
                    m.d.sync += [rows_left.eq(rows_left - 1), last_row.eq(rows_left == 2)]
                with m.If(block_end):
                    m.d.comb += [self.free.eq(1), self.block.ready.eq(1)]
                    m.d.sync += sent.eq(~block.final)
                    with m.If(block.final):
                        m.d.sync += flush.eq(code_delay(config) - 2)
                    m.next = "WAIT"
            with m.State("ABORT"), m.If(results.room):
                # A step without channels: a beat of zeros.
                m.d.comb += [
                    step["valid"].eq(1),
                    step["used"].eq(0),
                    step["ends_beat"].eq(1),
                    step["last"].eq(1),
                    step["drop"].eq(~sent),
                    self.block.ready.eq(1),
                ]
                m.d.sync += [sent.eq(0), flush.eq(code_delay(config) - 2)]
                m.next = "WAIT"
        return step, reads, address, parameter_base + channel_group, group
