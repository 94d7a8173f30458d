"""Takes a job's operands from the stream into the buffers."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.contract.registers import ERROR_BITS, ErrorCode
from attnforge.hdl.dense.config import Config
from attnforge.hdl.dense.geometry import Geometry
from attnforge.hdl.dense.job import job_fields
from attnforge.hdl.parts.arithmetic.channel_scale import PARAMETER_BYTES
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.host import job_queue
from attnforge.hdl.parts.memory.ram import address_bits
from attnforge.hdl.parts.stream.beat import Beat
from attnforge.hdl.parts.stream.delay import delayed
from attnforge.hdl.parts.stream.row_collector import RowCollector
from attnforge.hdl.parts.stream.row_writer import RowWriter

__all__ = ["Loader", "job_layout"]


def job_layout(config: Config) -> data.StructLayout:
    """An accepted job: its slot and its registers."""
    return job_queue.job_layout(job_fields(config), config.job_slots)


class Loader(wiring.Component):
    """Spreads the operands of heads and of linear layers over the lanes of the buffers, one beat per cycle.

    K and V of a head wait for a bank of theirs, and so do parameters and W of a linear layer; W goes where V does. A
    beat of K goes to one column lane as it is. V, W, Q and X are spread by one writer, for there are as many rows as
    columns; a beat that has more elements than lanes takes as many cycles as it has pieces. Q and X are cut in blocks
    of ``block_rows`` rows, each in a bank of its own; the last one of a job takes all that would not fill another.

    A word is written two cycles after its beat, or one, if it is of K or of the parameters. A block is told with its
    last beat, so it may be read from the third cycle after.

    A job is complete when its final beat carries ``last``. A ``last`` before that, or none there, is a fault: the
    block at hand is left out, and an abort ends the job. Blocks that came before are past recall.

    Parameters
    ----------
    config : Config

    Members
    -------
    i : In(stream.Signature(Beat(config.beat_bytes)))
    job : In(stream.Signature(job_layout(config)))
    current : Out(job_layout(config))
        The job whose operands are being taken.
    taken : Out(1)
        In the first cycle of ``current``.
    fault : Out
        In the cycle in which the offending beat passes.
    block : Out(stream.Signature(Geometry.block))
    kv_space, kv_bank, kv_commit, q_space, q_bank, q_commit : In, In, Out
        Bookkeeping of the double buffers: of K and V, or W; of Q, or X.
    k_en, k_address, k_data : Out
        A beat of K; ``k_en`` has a bit per column.
    v_en, v_address, v_data, q_en, q_address, q_data : Out
        An element per column of V or W, per row of Q or X.
    p_en, p_address, p_data : Out
        A channel's parameters; ``p_en`` has a bit per lane of the post-processor.
    """

    def __init__(self, config: Config):
        self.config = config
        self.geometry = g = Geometry(config)
        self.key = (config,)
        element = config.operand.shape
        super().__init__(
            {
                "i": In(stream.Signature(Beat(config.beat_bytes))),
                "job": In(stream.Signature(job_layout(config))),
                "current": Out(job_layout(config)),
                "taken": Out(1),
                "fault": Out(data.StructLayout({"valid": 1, "code": ERROR_BITS})),
                "block": Out(stream.Signature(g.block)),
                "kv_space": In(1),
                "kv_bank": In(1),
                "kv_commit": Out(1),
                "q_space": In(1),
                "q_bank": In(1),
                "q_commit": Out(1),
                "k_en": Out(config.columns),
                "k_address": Out(address_bits(2 * g.key_depth)),
                "k_data": Out(data.ArrayLayout(element, config.elements)),
                "v_en": Out(config.columns),
                "v_address": Out(data.ArrayLayout(address_bits(2 * g.value_depth), config.columns)),
                "v_data": Out(data.ArrayLayout(element, config.columns)),
                "q_en": Out(config.rows),
                "q_address": Out(data.ArrayLayout(address_bits(2 * g.query_depth), config.rows)),
                "q_data": Out(data.ArrayLayout(element, config.rows)),
                "p_en": Out(config.lanes),
                "p_address": Out(address_bits(g.parameter_banks * g.channel_groups)),
                "p_data": Out(config.channel_scale.layout),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, g = self.config, self.geometry
        job, beat = self.current, self.i.payload

        # The beat at hand: elements behind the first one that are left in its row, and rows left --------------------
        in_keys, in_parameters, in_stay, in_rows, drain = (
            Signal(name=f"in_{name}") for name in ("keys", "parameters", "stay", "rows", "drain")
        )
        parameter_row = PARAMETER_BYTES * config.elements // config.beat_bytes  # elements of the same size
        widest = max(parameter_row, config.max_head_dim, config.max_value_dim, config.max_depth, config.max_channels)
        left, length = (Signal(range(widest), name=name, reset_less=True) for name in ("left", "length"))
        rows_left = Signal(
            range(max(config.max_queries, config.max_keys, config.max_depth, config.max_channels) + 1), reset_less=True,
            name="rows_left",
        )
        # One row is left; more than a block.
        last_row, more = (Signal(name=name, reset_less=True) for name in ("last_row", "more"))
        # The beat is the last one of its row, and rows have a beat each: known before the beat, which comes late.
        row_end, single = (Signal(name=name, reset_less=True) for name in ("row_end", "single"))
        word = Signal(address_bits(g.key_groups), reset_less=True, name="word")
        tensor_end, space, done = (Signal(name=n) for n in ("tensor_end", "space", "done"))
        # The beat may be used; its last cycle.
        offered, beat_taken, row_taken = (Signal(name=n) for n in ("offered", "beat_taken", "row_taken"))

        collector = place(
            m, platform, "collector",
            RowCollector(config.beat_bytes, PARAMETER_BYTES, config.lanes, g.channel_groups, g.parameter_banks),
        )
        m.d.comb += [
            tensor_end.eq(row_end & last_row),
            space.eq(
                ((in_keys | in_parameters | in_stay) & self.kv_space) | (in_rows & self.q_space & self.block.ready)
            ),
            offered.eq(self.i.valid & space),
            beat_taken.eq(offered & done),
            row_taken.eq(beat_taken & row_end),
            self.i.ready.eq(drain | (space & done)),
        ]
        with m.If(beat_taken):
            m.d.sync += [
                left.eq(left - config.elements),
                row_end.eq(left < 2 * config.elements),
                word.eq(word + 1),
            ]
        with m.If(row_taken):
            m.d.sync += [
                left.eq(length),
                row_end.eq(single),
                word.eq(0),
                rows_left.eq(rows_left - 1),
                last_row.eq(rows_left == 2),
                more.eq(rows_left > config.block_rows + 1),
            ]

        def begin(elements, rows):
            m.d.sync += [
                left.eq(elements - 1),
                length.eq(elements - 1),
                row_end.eq(elements <= config.elements),
                single.eq(elements <= config.elements),
                word.eq(0),
                rows_left.eq(rows),
                last_row.eq(rows == 1),
            ]

        # Blocks, and the end of a job --------------------------------------------------------------------------------
        early, missing, block_end, abort = (Signal(name=n) for n in ("early", "missing", "block_end", "abort"))
        first, stationary = (Signal(name=name, reset_less=True) for name in ("first", "stationary"))
        number = Signal(range(config.most_rows), reset_less=True, name="number")  # rows of the block so far
        full = Signal(reset_less=True, name="full")  # with the row at hand the block is as large as most
        query = Signal(config.max_queries.bit_length(), reset_less=True, name="query")
        parameters = Signal(range(g.parameter_banks), name="parameters")
        parameters_used = Signal(name="parameters_used")
        block = self.block.payload
        m.d.comb += [
            early.eq(beat_taken & beat.last & ~(in_rows & tensor_end)),
            missing.eq(beat_taken & ~beat.last & in_rows & tensor_end),
            self.fault.valid.eq(early | missing),
            self.fault.code.eq(Mux(early, ErrorCode.EARLY_LAST, ErrorCode.MISSING_LAST)),
            block_end.eq(in_rows & row_taken & (last_row | (more & full))),
            self.q_commit.eq(block_end & ~early & ~missing),
            self.block.valid.eq(self.q_commit | abort),
            block.abort.eq(abort),
            block.first.eq(first),
            block.final.eq(last_row | abort),
            block.stationary.eq(stationary),
            block.linear.eq(job.linear),
            block.rows.eq(number + 1),
            block.query.eq(query),
            block.slot.eq(job.slot),
            block.parameters.eq(parameters),
        ]
        with m.If(row_taken):
            m.d.sync += [number.eq(number + 1), full.eq(number == config.block_rows - 2)]
        with m.If(~in_rows | block_end):
            m.d.sync += [number.eq(0), full.eq(0)]  # of a block's four rows or more, none is here
        with m.If(self.q_commit):
            m.d.sync += [first.eq(0), query.eq(query + config.block_rows)]
            with m.If(job.linear):
                m.d.sync += parameters_used.eq(1)

        m.d.sync += self.taken.eq(0)
        with m.FSM(name="loader"):
            with m.State("JOB"):
                following = self.job.payload
                m.d.comb += self.job.ready.eq(1)
                m.d.sync += [job.eq(following), first.eq(1), stationary.eq(0), query.eq(0)]
                begin(
                    Mux(following.linear, parameter_row, following.head_dim),
                    Mux(following.linear, following.channels, following.keys),
                )
                with m.If(self.job.valid):
                    m.d.sync += self.taken.eq(1)
                    # The parameters of a job without a block are nobody's.
                    with m.If(following.linear & parameters_used):
                        m.d.sync += [
                            parameters.eq(Mux(parameters == g.parameter_banks - 1, 0, parameters + 1)),
                            parameters_used.eq(0),
                        ]
                    m.next = "HEAD"
            with m.State("HEAD"):
                m.d.comb += [in_keys.eq(~job.linear), in_parameters.eq(job.linear)]
                with m.If(early):
                    m.next = "ABORT"
                with m.Elif(row_taken & last_row):
                    begin(Mux(job.linear, job.channels, job.value_dim), Mux(job.linear, job.depth, job.keys))
                    m.next = "STAY"
            with m.State("STAY"):
                m.d.comb += in_stay.eq(1)
                with m.If(early):
                    m.next = "ABORT"
                with m.Elif(row_taken & last_row):
                    m.d.comb += self.kv_commit.eq(1)
                    m.d.sync += stationary.eq(1)
                    begin(Mux(job.linear, job.depth, job.head_dim), job.queries)
                    m.next = "ROWS"
            with m.State("ROWS"):
                m.d.comb += in_rows.eq(1)
                with m.If(early):
                    m.next = "ABORT"
                with m.Elif(missing):
                    m.next = "DRAIN"
                with m.Elif(row_taken & last_row):
                    m.next = "JOB"
            with m.State("DRAIN"):
                m.d.comb += drain.eq(1)
                with m.If(self.i.valid & beat.last):
                    m.next = "ABORT"
            with m.State("ABORT"):
                m.d.comb += abort.eq(1)
                with m.If(self.block.ready):
                    m.next = "JOB"

        m.d.comb += [
            collector.restart.eq(~in_parameters),
            collector.valid.eq(offered & in_parameters),
            collector.beat.eq(beat.data),
            collector.ends.eq(row_end),
            collector.bank.eq(parameters),
            self.p_en.eq(collector.w_en),
            self.p_address.eq(collector.w_address),
            *(self.p_data[name].eq(word) for name, word in config.channel_scale.words(collector.w_data).items()),
        ]
        elements = self._elements(beat)
        self._keys(m, in_keys, offered, row_taken, word, elements)
        restart = row_taken & last_row | block_end
        spread_done = self._spread(m, platform, in_stay, in_rows, offered, row_end, restart, left, elements)
        m.d.comb += done.eq(~(in_stay | in_rows) | spread_done)
        return m

    def _elements(self, beat):
        """The elements of a beat, as raw bits."""
        form, bits = self.config.operand, beat.data.as_value()
        return [bits[k * form.container_bits :][: form.bits] for k in range(self.config.elements)]

    def _keys(self, m, active, offered, row_taken, word, elements):
        """K: token t to lane t mod C; a word per beat."""
        config, g = self.config, self.geometry
        lane = Signal(config.columns, init=1, name="key_lane")
        base = Signal(len(self.k_address), name="key_base", reset_less=True)
        m.d.sync += [
            self.k_en.eq(Mux(offered & active, lane, 0)),
            self.k_address.eq(base + word),
            *(self.k_data[number].eq(element) for number, element in enumerate(elements)),
        ]
        with m.If(active & row_taken):
            m.d.sync += lane.eq(lane.rotate_left(1))
            with m.If(lane[-1]):
                m.d.sync += base.eq(base + g.key_groups)
        with m.If(~active):
            m.d.sync += [lane.eq(1), base.eq(Mux(self.kv_bank, g.key_depth, 0))]

    def _spread(self, m, platform, stay, rows, offered, row_end, restart, left, elements):
        """V and W to the columns, Q and X to the rows. Returns whether the beat's last piece is at hand."""
        config, g, job = self.config, self.geometry, self.current
        depth = 2 * max(g.value_depth, g.query_depth)
        writer = place(m, platform, "writer", RowWriter(config.elements, config.bits, config.columns, depth))
        to_columns, to_rows = (
            delayed(m, active, RowWriter.latency, name, reset_less=False)
            for name, active in (("stay", stay), ("rows", rows))
        )
        with m.If(stay):
            m.d.comb += [
                writer.stride.eq(Mux(job.linear, g.channel_tiles, g.value_tiles)),
                writer.start.eq(Mux(self.q_bank, g.query_depth, 0)),
            ]
        with m.Elif(rows):  # the block at hand takes this bank
            m.d.comb += [
                writer.stride.eq(Mux(job.linear, g.depth_tiles, g.query_tiles)),
                writer.start.eq(Mux(self.q_bank, 0, g.query_depth)),
            ]
        with m.Else():
            m.d.comb += writer.start.eq(Mux(self.kv_bank, g.value_depth, 0))
        m.d.comb += [
            writer.restart.eq(restart | ~(stay | rows)),
            writer.valid.eq(offered & (stay | rows)),
            *(writer.elements[number].eq(element) for number, element in enumerate(elements)),
            writer.count.eq(Mux(row_end, left + 1, config.elements)),
            writer.ends.eq(row_end),
            self.v_en.eq(writer.w_en & to_columns.replicate(config.columns)),
            self.q_en.eq(writer.w_en & to_rows.replicate(config.rows)),
        ]
        for lane in range(config.columns):
            m.d.comb += [
                self.v_address[lane].eq(writer.w_address[lane]),
                self.v_data[lane].eq(writer.w_data[lane]),
                self.q_address[lane].eq(writer.w_address[lane]),
                self.q_data[lane].eq(writer.w_data[lane]),
            ]
        return writer.done
