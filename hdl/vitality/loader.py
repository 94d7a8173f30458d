"""Takes a job's operands from the stream into the buffers."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.contract.registers import ERROR_BITS, ErrorCode
from attnforge.hdl.numeric import Int
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.host import job_queue
from attnforge.hdl.parts.memory.ram import address_bits
from attnforge.hdl.parts.stream.beat import Beat
from attnforge.hdl.parts.stream.row_writer import RowWriter
from attnforge.hdl.vitality.config import Config
from attnforge.hdl.vitality.geometry import Geometry
from attnforge.hdl.vitality.job import job_fields
from attnforge.hdl.vitality.tiles import Ready

__all__ = ["Loader", "beat_elements", "job_layout"]


def job_layout(config: Config) -> data.StructLayout:
    """An accepted job: its slot and its registers."""
    return job_queue.job_layout(job_fields(config), config.job_slots)


def beat_elements(beat, form: Int, count: int):
    """The elements of a beat, as raw bits of ``form.bits`` each."""
    bits = beat.data.as_value()
    return [bits[k * form.container_bits : k * form.container_bits + form.bits] for k in range(count)]


class Loader(wiring.Component):
    """Spreads K, V and Q over the lanes of the array's buffers, one beat per cycle.

    K goes to the corner-turning bank in whole groups. V and Q go to one lane per column and per row; a beat that has
    more elements than there are lanes takes as many cycles as it has pieces. A job is taken, in one cycle, when the
    sums of the one before are no longer used.

    Each tensor waits for a free bank of its buffer. A job is complete when its final beat carries ``last``. A ``last``
    before that, or none there, is a fault: the job is passed on as bad, and its banks are filled again.

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
    key_value, query : Out(Ready)
    key_space, key_bank, key_commit, query_space, query_bank, query_commit : In, In, Out
        Bookkeeping of the double buffers.
    sum_en, sum_value, sum_first, sum_word, sum_elements : Out
        Beats of K (or V, with ``sum_value``) for the column sums; ``sum_first`` in a tensor's first row.
    scan_key, scan_value : Out(1)
        With the last beat of K, of V: its sums are complete.
    key_scanning, value_scanning : In(1)
        The sums of K, of V are still in use.
    k_en, k_address, k_data, q_en, q_address, q_data, v_en, v_address, v_data : Out
        To the array, one cycle after the beat, for Q and V two.
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
                "key_value": Out(Ready),
                "query": Out(Ready),
                "key_space": In(1),
                "key_bank": In(1),
                "key_commit": Out(1),
                "query_space": In(1),
                "query_bank": In(1),
                "query_commit": Out(1),
                "sum_en": Out(1),
                "sum_value": Out(1),
                "sum_first": Out(1),
                "sum_word": Out(address_bits(g.sum_words)),
                "sum_elements": Out(data.ArrayLayout(element, config.elements)),
                "scan_key": Out(1),
                "scan_value": Out(1),
                "key_scanning": In(1),
                "value_scanning": In(1),
                "k_en": Out(config.rows),
                "k_address": Out(address_bits(2 * g.key_depth)),
                "k_data": Out(data.ArrayLayout(element, config.elements)),
                "q_en": Out(config.rows),
                "q_address": Out(data.ArrayLayout(address_bits(2 * g.query_depth), config.rows)),
                "q_data": Out(data.ArrayLayout(element, config.rows)),
                "v_en": Out(config.columns),
                "v_address": Out(data.ArrayLayout(address_bits(2 * g.value_depth), config.columns)),
                "v_data": Out(data.ArrayLayout(element, config.columns)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config = self.config
        job = self.current
        elements = beat_elements(self.i.payload, config.operand, config.elements)
        for number, element in enumerate(elements):
            m.d.comb += self.sum_elements[number].eq(element)

        # The beat at hand -------------------------------------------------------------------------------------------
        in_key, in_value, in_query, drain = (Signal(name=f"in_{n}") for n in ("key", "value", "query", "drain"))
        offered, taken = Signal(name="offered"), Signal(name="taken")  # the beat may be used; its last cycle
        left = Signal(range(max(config.max_head_dim, config.max_value_dim) + 1), reset_less=True, name="left")
        tokens_left = Signal(config.token_bits, reset_less=True, name="tokens_left")
        word = Signal(address_bits(self.geometry.sum_words), reset_less=True, name="word")
        first_row = Signal(reset_less=True, name="first_row")
        row_end, tensor_end = Signal(reset_less=True, name="row_end"), Signal(name="tensor_end")
        count = Signal(range(config.elements + 1), name="count")
        idle = Signal(name="idle")

        def begin_row(features):
            """Features of a row to come; whether a beat is its last is known a beat ahead."""
            return [left.eq(features), row_end.eq(features <= config.elements), word.eq(0)]

        m.d.comb += [
            tensor_end.eq(row_end & (tokens_left == 1)),
            count.eq(Mux(row_end, left, config.elements)),
            offered.eq(self.i.valid & ((in_key & self.key_space) | in_value | (in_query & self.query_space))),
        ]
        with m.If(taken):
            m.d.sync += [
                left.eq(left - config.elements),
                row_end.eq(left <= 2 * config.elements),
                word.eq(word + 1),
            ]
            with m.If(row_end):
                m.d.sync += [
                    *begin_row(Mux(in_value, job.value_dim, job.head_dim)),
                    tokens_left.eq(tokens_left - 1),
                    first_row.eq(0),
                ]
        m.d.comb += [
            self.sum_en.eq(taken & ~in_query),
            self.sum_value.eq(in_value),
            self.sum_first.eq(first_row),
            self.sum_word.eq(word),
        ]

        self._key(m, in_key, offered, row_end, taken, word, elements)
        value_done = self._lanes(m, platform, "v", in_value, offered, count, elements, row_end)
        query_done = self._lanes(m, platform, "q", in_query, offered, count, elements, row_end)
        m.d.comb += [
            taken.eq(offered & Mux(in_key, 1, Mux(in_value, value_done, query_done))),
            self.i.ready.eq(
                drain | (in_key & self.key_space) | (in_value & value_done) | (in_query & self.query_space & query_done)
            ),
        ]

        # The job ----------------------------------------------------------------------------------------------------
        key_waits, query_waits = Signal(name="key_waits"), Signal(name="query_waits")
        key_bad, query_bad = Signal(reset_less=True, name="key_bad"), Signal(reset_less=True, name="query_bad")
        early, missing = Signal(name="early"), Signal(name="missing")
        m.d.comb += [
            early.eq(taken & self.i.payload.last & ~(in_query & tensor_end)),
            missing.eq(taken & ~self.i.payload.last & in_query & tensor_end),
            self.fault.valid.eq(early | missing),
            self.fault.code.eq(Mux(early, ErrorCode.EARLY_LAST, ErrorCode.MISSING_LAST)),
            self.key_value.valid.eq(key_waits & ~self.key_scanning),
            self.key_value.bad.eq(key_bad),
            self.query.valid.eq(query_waits & ~key_waits & ~self.value_scanning),
            self.query.bad.eq(query_bad),
            idle.eq(~(key_waits | query_waits | self.key_scanning | self.value_scanning)),
        ]
        with m.If(self.key_value.valid):
            m.d.sync += key_waits.eq(0)
        with m.If(self.query.valid):
            m.d.sync += query_waits.eq(0)

        def begin(features):
            m.d.sync += [*begin_row(features), tokens_left.eq(job.tokens), first_row.eq(1)]

        def end_of_query(bad):
            m.d.sync += [query_waits.eq(1), query_bad.eq(bad)]
            m.next = "JOB"

        def end_of_key_value(bad):
            m.d.sync += [key_waits.eq(1), key_bad.eq(bad)]

        m.d.sync += self.taken.eq(0)
        with m.FSM(name="loader"):
            with m.State("JOB"):
                m.d.comb += self.job.ready.eq(idle)
                with m.If(self.job.valid & idle):
                    m.d.sync += [
                        job.eq(self.job.payload),
                        self.taken.eq(1),
                        *begin_row(self.job.payload.head_dim),
                        tokens_left.eq(self.job.payload.tokens),
                        first_row.eq(1),
                    ]
                    m.next = "KEY"
            with m.State("KEY"):
                m.d.comb += [in_key.eq(1), self.scan_key.eq(taken & tensor_end)]
                with m.If(taken & tensor_end):
                    begin(job.value_dim)
                    m.next = "VALUE"
                with m.If(early):
                    end_of_key_value(bad=1)
                    end_of_query(bad=1)
            with m.State("VALUE"):
                m.d.comb += [in_value.eq(1), self.scan_value.eq(taken & tensor_end)]
                with m.If(early):
                    end_of_key_value(bad=1)
                    end_of_query(bad=1)
                with m.Elif(taken & tensor_end):
                    begin(job.head_dim)
                    end_of_key_value(bad=0)
                    m.d.comb += self.key_commit.eq(1)
                    m.next = "QUERY"
            with m.State("QUERY"):
                m.d.comb += in_query.eq(1)
                with m.If(early):
                    end_of_query(bad=1)
                with m.Elif(missing):
                    m.next = "DRAIN"
                with m.Elif(taken & tensor_end):
                    end_of_query(bad=0)
                    m.d.comb += self.query_commit.eq(1)
            with m.State("DRAIN"):
                m.d.comb += drain.eq(1)
                with m.If(self.i.valid & self.i.payload.last):
                    end_of_query(bad=1)
        return m

    def _key(self, m, in_key, offered, row_end, taken, word, elements):
        """K: token t to lane t mod R; a word per group of E features."""
        rows, g = self.config.rows, self.geometry
        lane = Signal(rows, init=1, name="key_lane")
        base = Signal(len(self.k_address), name="key_base", reset_less=True)
        m.d.sync += [
            self.k_en.eq(Mux(offered & in_key, lane, 0)),
            self.k_address.eq(base + word),
            *(self.k_data[number].eq(element) for number, element in enumerate(elements)),
        ]
        with m.If(in_key & taken & row_end):
            m.d.sync += lane.eq(lane.rotate_left(1))
            with m.If(lane[-1]):
                m.d.sync += base.eq(base + g.key_groups)
        with m.If(~in_key):
            m.d.sync += [lane.eq(1), base.eq(Mux(self.key_bank, g.key_depth, 0))]

    def _lanes(self, m, platform, name, active, offered, count, elements, row_end):
        """V or Q: feature f to lane f mod lanes. Returns whether the beat's last piece is at hand."""
        config, g = self.config, self.geometry
        lanes, stride, bank, depth = {
            "v": (config.columns, g.value_tiles, self.key_bank, g.value_depth),
            "q": (config.rows, g.query_tiles, self.query_bank, g.query_depth),
        }[name]
        writer = place(m, platform, f"{name}_writer", RowWriter(config.elements, config.bits, lanes, 2 * depth))
        m.d.comb += [
            writer.restart.eq(~active),
            writer.start.eq(Mux(bank, depth, 0)),
            writer.stride.eq(stride),
            writer.valid.eq(offered & active),
            *(writer.elements[number].eq(element) for number, element in enumerate(elements)),
            writer.count.eq(count),
            writer.ends.eq(row_end),
            getattr(self, f"{name}_en").eq(writer.w_en),
            getattr(self, f"{name}_address").eq(writer.w_address),
            getattr(self, f"{name}_data").eq(writer.w_data.as_value()),
        ]
        return writer.done
