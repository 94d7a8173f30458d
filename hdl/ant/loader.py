"""Takes a job's operands from the stream into the buffers."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.ant.config import CODE_BITS, Config
from attnforge.hdl.ant.geometry import Geometry
from attnforge.hdl.ant.job import job_fields
from attnforge.hdl.ant.types import is_fused
from attnforge.hdl.contract.registers import ERROR_BITS, ErrorCode
from attnforge.hdl.parts.arithmetic.channel_scale import PARAMETER_BYTES
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.host import job_queue
from attnforge.hdl.parts.memory.ram import address_bits
from attnforge.hdl.parts.stream.beat import Beat
from attnforge.hdl.parts.stream.row_collector import RowCollector
from attnforge.hdl.parts.stream.row_writer import RowWriter

__all__ = ["Loader", "job_layout"]


def job_layout(config: Config) -> data.StructLayout:
    """An accepted job: its slot and its registers."""
    return job_queue.job_layout(job_fields(config), config.job_slots)


class Loader(wiring.Component):
    """Spreads parameters, W and A over the lanes of the buffers, a beat per cycle.

    A beat of W goes to one lane per column, in as many cycles as it has pieces of that many codes; a beat of A goes
    to one row lane as it is, or to two, whose integers have 8 bits. Rows of A that fill the array make a block, which
    the sequencer may begin in the cycle after the next. Parameters and W wait for a bank of W, a block for a bank of A.

    A job is complete when its final beat carries ``last``. A ``last`` before that, or none there, is a fault: the
    block at hand is left out, and an abort ends the job. Blocks that came before are past recall.

    Parameters
    ----------
    config : Config

    Members
    -------
    i : In(stream.Signature(Beat(config.beat_bytes)))
    job : In(stream.Signature(job_layout(config)))
    fault : Out
        In the cycle in which the offending beat passes.
    block : Out(stream.Signature(Geometry.block))
    a_space, a_bank, a_commit, w_space, w_bank, w_commit : In, In, Out
        Bookkeeping of the double buffers.
    p_en, p_address, p_data, w_en, w_address, w_data, a_en, a_address, a_data : Out
        To the buffers, one cycle after the beat, for W two.
    """

    def __init__(self, config: Config):
        self.config = config
        self.geometry = g = Geometry(config)
        self.key = (config,)
        super().__init__(
            {
                "i": In(stream.Signature(Beat(config.beat_bytes))),
                "job": In(stream.Signature(job_layout(config))),
                "fault": Out(data.StructLayout({"valid": 1, "code": ERROR_BITS})),
                "block": Out(stream.Signature(g.block)),
                "a_space": In(1),
                "a_bank": In(1),
                "a_commit": Out(1),
                "w_space": In(1),
                "w_bank": In(1),
                "w_commit": Out(1),
                "p_en": Out(config.lanes),
                "p_address": Out(address_bits(g.parameter_banks * g.channel_groups)),
                "p_data": Out(config.channel_scale.layout),
                "w_en": Out(config.columns),
                "w_address": Out(data.ArrayLayout(address_bits(2 * g.weight_depth), config.columns)),
                "w_data": Out(data.ArrayLayout(CODE_BITS, config.columns)),
                "a_en": Out(config.rows),
                "a_address": Out(address_bits(2 * g.row_words)),
                "a_data": Out(data.ArrayLayout(CODE_BITS, config.nibbles)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, g = self.config, self.geometry
        job = Signal(job_layout(config), reset_less=True, name="job")
        # What follows from a job is worked out as it comes: codes of a row, and whether rows are single.
        arriving = self.job.payload
        a_wide, w_wide = Signal(reset_less=True, name="a_wide"), Signal(reset_less=True, name="w_wide")
        a_wide_now = is_fused(m, "a_wide_now", arriving.a_type, config.activations)
        w_wide_now = is_fused(m, "w_wide_now", arriving.w_type, config.weights)

        # The beat at hand: codes of 4 bits left in its row, and rows left -------------------------------------------
        in_parameters, in_weights, in_rows, drain = (
            Signal(name=f"in_{name}") for name in ("parameters", "weights", "rows", "drain")
        )
        offered, taken = Signal(name="offered"), Signal(name="taken")  # the beat may be used; its last cycle
        most = max(2 * PARAMETER_BYTES, g.digits * max(config.max_k, config.max_n))
        left = Signal(range(most + 1), reset_less=True, name="left")
        rows_left = Signal(range(max(config.max_m, config.max_k, config.max_n) + 1), reset_less=True, name="rows_left")
        word = Signal(address_bits(g.row_words), reset_less=True, name="word")
        w_row, a_row = Signal.like(left, name="w_row"), Signal.like(left, name="a_row")
        # Beat of a row, row of a tensor
        row_end = Signal(reset_less=True, name="row_end")
        last_row = Signal(reset_less=True, name="last_row")
        tensor_end = Signal(name="tensor_end")
        count = Signal(range(config.nibbles + 1), name="count")
        space = Signal(name="space")
        m.d.comb += [
            tensor_end.eq(row_end & last_row),
            count.eq(Mux(row_end, left, config.nibbles)),
            space.eq(((in_parameters | in_weights) & self.w_space) | (in_rows & self.a_space & self.block.ready)),
            offered.eq(self.i.valid & space),
        ]
        row_taken = Signal(name="row_taken")
        m.d.comb += row_taken.eq(taken & row_end)

        def row(codes, short):
            m.d.sync += [left.eq(codes), row_end.eq(short), word.eq(0)]

        def tensor(rows, single):
            m.d.sync += [rows_left.eq(rows), last_row.eq(single)]

        parameter_row = 2 * PARAMETER_BYTES, config.beat_bytes >= PARAMETER_BYTES
        weight_row, activation_row = ((codes, codes <= config.nibbles) for codes in (w_row, a_row))
        with m.If(taken):
            m.d.sync += [left.eq(left - config.nibbles), row_end.eq(left <= 2 * config.nibbles), word.eq(word + 1)]
            with m.If(row_end):
                row(*(Mux(in_parameters, p, Mux(in_weights, w, a))
                      for p, w, a in zip(parameter_row, weight_row, activation_row, strict=True)))  # fmt: skip
                tensor(rows_left - 1, rows_left == 2)
        weights_done = self._weights(m, platform, in_weights, offered, count, row_end)
        m.d.comb += [
            taken.eq(offered & (~in_weights | weights_done)),
            self.i.ready.eq(drain | (space & (~in_weights | weights_done))),
        ]

        # The job ----------------------------------------------------------------------------------------------------
        early, missing = Signal(name="early"), Signal(name="missing")
        # No block yet; W is complete
        first = Signal(reset_less=True, name="first")
        weights = Signal(reset_less=True, name="weights")
        parameters = Signal(range(g.parameter_banks), name="parameters")
        block_end, rows = self._rows(m, in_rows, offered, row_taken, tensor_end, a_wide, word)
        m.d.comb += [
            early.eq(taken & self.i.payload.last & ~(in_rows & tensor_end)),
            missing.eq(taken & ~self.i.payload.last & in_rows & tensor_end),
            self.fault.valid.eq(early | missing),
            self.fault.code.eq(Mux(early, ErrorCode.EARLY_LAST, ErrorCode.MISSING_LAST)),
            self.a_commit.eq(block_end & ~early & ~missing),
        ]
        self._parameters(m, platform, in_parameters, taken, row_end, parameters)

        # Products of a row of A, K N, are added up with the rows of W.
        row_macs = Signal(g.macs_bits, reset_less=True, name="row_macs")
        macs = Signal(g.macs_bits, reset_less=True, name="macs")
        macs_now = Signal(g.macs_bits, name="macs_now")
        m.d.comb += macs_now.eq(macs + Mux(a_wide, row_macs << 1, row_macs))
        with m.If(row_taken & in_weights):
            m.d.sync += row_macs.eq(row_macs + w_row)
        with m.If(row_taken & in_rows):
            m.d.sync += macs.eq(macs_now)

        block = self.block.payload
        abort = Signal(name="abort")
        m.d.comb += [
            self.block.valid.eq(self.a_commit | abort),
            block.abort.eq(abort),
            block.first.eq(first),
            block.final.eq(tensor_end | abort),
            block.weights.eq(weights),
            block.rows.eq(rows),
            *(block[name].eq(job[name]) for name in ("k", "n", "a_type", "w_type", "o_type", "slot")),
            *(block[name].eq(value) for name, value in self._derived(m, job, a_wide, w_wide).items()),
            block.parameters.eq(parameters),
            block.macs.eq(macs_now),
        ]
        with m.If(self.a_commit):
            m.d.sync += first.eq(0)

        with m.FSM(name="loader"):
            with m.State("JOB"):
                m.d.comb += self.job.ready.eq(1)
                row(*parameter_row)
                tensor(arriving.n, arriving.n == 1)
                m.d.sync += [
                    job.eq(arriving),
                    a_wide.eq(a_wide_now),
                    w_wide.eq(w_wide_now),
                    w_row.eq(Mux(w_wide_now, arriving.n << 1, arriving.n)),
                    a_row.eq(Mux(a_wide_now, arriving.k << 1, arriving.k)),
                    weights.eq(0),
                    row_macs.eq(0),
                    macs.eq(0),
                ]
                with m.If(self.job.valid):
                    # The parameters of a job without a block are nobody's.
                    m.d.sync += first.eq(1)
                    with m.If(~first):
                        following = Mux(parameters == g.parameter_banks - 1, 0, parameters + 1)
                        m.d.sync += parameters.eq(following)
                    m.next = "PARAMETERS"
            with m.State("PARAMETERS"):
                m.d.comb += in_parameters.eq(1)
                with m.If(early):
                    m.next = "ABORT"
                with m.Elif(taken & tensor_end):
                    row(*weight_row)
                    tensor(job.k, job.k == 1)
                    m.next = "WEIGHTS"
            with m.State("WEIGHTS"):
                m.d.comb += in_weights.eq(1)
                with m.If(early):
                    m.next = "ABORT"
                with m.Elif(taken & tensor_end):
                    m.d.comb += self.w_commit.eq(1)
                    row(*activation_row)
                    tensor(job.m, job.m == 1)
                    m.d.sync += weights.eq(1)
                    m.next = "ROWS"
            with m.State("ROWS"):
                m.d.comb += in_rows.eq(1)
                with m.If(early):
                    m.next = "ABORT"
                with m.Elif(missing):
                    m.next = "DRAIN"
                with m.Elif(taken & tensor_end):
                    m.next = "JOB"
            with m.State("DRAIN"):
                m.d.comb += drain.eq(1)
                with m.If(self.i.valid & self.i.payload.last):
                    m.next = "ABORT"
            with m.State("ABORT"):
                m.d.comb += abort.eq(1)
                with m.If(self.block.ready):
                    m.next = "JOB"
        return m

    def _derived(self, m, job, a_wide, w_wide):
        """What the sequencer is told of a job beside its registers, see `Geometry.block`: registers."""
        spacing = 2 * self.config.rows - 1
        columns = Mux(w_wide, job.n << 1, job.n)
        values = {
            "single": job.k == 1,
            "settled": Mux(job.k < spacing, job.k, spacing) + 1,
            "columns": columns,
            "several": columns > self.config.columns,
            "fuse_rows": a_wide,
            "fuse_columns": w_wide,
        }
        kept = {}
        for name, value in values.items():
            kept[name] = Signal(len(self.block.payload[name]), name=f"job_{name}", reset_less=True)
            m.d.sync += kept[name].eq(value)
        return kept

    def _parameters(self, m, platform, active, taken, row_end, bank):
        """A channel's row is put together, then it goes to its lane."""
        config, g = self.config, self.geometry
        rows = RowCollector(config.beat_bytes, PARAMETER_BYTES, config.lanes, g.channel_groups, g.parameter_banks)
        collector = place(m, platform, "collector", rows)
        m.d.comb += [
            collector.restart.eq(~active),
            collector.valid.eq(active & taken),
            collector.beat.eq(self.i.payload.data),
            collector.ends.eq(row_end),
            collector.bank.eq(bank),
            self.p_en.eq(collector.w_en),
            self.p_address.eq(collector.w_address),
            *(self.p_data[name].eq(word) for name, word in config.channel_scale.words(collector.w_data).items()),
        ]

    def _rows(self, m, active, offered, row_taken, tensor_end, wide, word):
        """Rows of A to their lanes. Returns whether a block ends, and how many rows of the array it has."""
        config, g = self.config, self.geometry
        lane = Signal(config.rows, init=1, name="row_lane")
        number = Signal(range(config.rows + 1), name="rows_before", reset_less=True)
        rows = Signal(range(config.rows + 1), name="block_rows")
        full = Signal(name="fills_the_array", reset_less=True)  # the row at hand is the block's last
        end = Signal(name="block_end")
        both = Mux(wide, lane | lane << 1, lane)[: config.rows] if config.eight_bits else lane
        m.d.comb += [
            rows.eq(number + 1 + wide),
            end.eq(active & row_taken & (tensor_end | full)),
        ]
        m.d.sync += [
            self.a_en.eq(Mux(offered & active, both, 0)),
            self.a_address.eq(Mux(self.a_bank, g.row_words, 0) + word),
            self.a_data.as_value().eq(self.i.payload.data.as_value()),
        ]
        with m.If(active & row_taken):
            m.d.sync += [
                number.eq(rows),
                full.eq(number == Mux(wide, config.rows - 4, config.rows - 2)),
                lane.eq(Mux(wide, lane.rotate_left(2), lane.rotate_left(1))),
            ]
        with m.If(~active | end):
            m.d.sync += [number.eq(0), full.eq(Mux(wide, config.rows == 2, config.rows == 1)), lane.eq(1)]
        return end, rows

    def _weights(self, m, platform, active, offered, count, row_end):
        """W: code c of a row to lane c mod C. Returns whether the beat's last piece is at hand."""
        config, g = self.config, self.geometry
        writer = place(
            m, platform, "writer", RowWriter(config.nibbles, CODE_BITS, config.columns, 2 * g.weight_depth)
        )
        m.d.comb += [
            writer.restart.eq(~active),
            writer.start.eq(Mux(self.w_bank, g.weight_depth, 0)),
            writer.stride.eq(g.weight_tiles),
            writer.valid.eq(offered & active),
            writer.elements.as_value().eq(self.i.payload.data.as_value()),
            writer.count.eq(count),
            writer.ends.eq(row_end),
            self.w_en.eq(writer.w_en),
            self.w_address.eq(writer.w_address),
            self.w_data.eq(writer.w_data.as_value()),
        ]
        return writer.done
