"""Which phase comes next, and the load of its tiles into the array's shadow registers."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hdl.parts.hierarchy import place
from hdl.parts.proof import Proof
from hdl.parts.stream import StreamQueue

from .column import ColumnFeeder
from .config import Config
from .control import Control
from .delay import delayed
from .geometry import Geometry
from .row import RowFeeder

__all__ = ["PENDING", "Stager"]

PENDING = 2
"""Blocks between their two phases, at most: banks of scores."""
PASSED_ON = ("first", "final", "rows", "slot", "parameters")
"""Of a block, to those who read its results."""


class Stager(wiring.Component):
    """Walks the tiles of the phases of every block, and loads the next tile while one streams.

    A head's block has two phases. Scores: for each C keys, for each R features, the tile of K^T is stationary and the
    rows of Q stream. Values: for each C features of V, for each R keys, the tile of V is stationary and the
    exponentials of the scores stream. A block of a linear layer has one: for each C channels, for each R terms, the
    tile of W is stationary and the rows of X stream.

    The scores of the next block go before the values of this one if its operands are there when the choice is made, so
    that the array does not wait for the rows' maxima. At most `PENDING` blocks are between their phases. Everything
    else goes in the order of the blocks, so that results do; an abort too, and it takes a cycle.

    A tile is loaded in R cycles, from the cycle after the start of the one before, and offered from the last of these
    cycles on. The next phase is chosen in the cycle in which the last tile of this one starts, or as soon as it can be.

    Parameters
    ----------
    config : Config

    Members
    -------
    work : In(stream.Signature(Control.work))
    scored : In(1)
        All scores of the oldest pending block that lacked some can be read, and their maxima.
    kv_bank, kv_next, q_bank, q_next, r_space, r_bank, r_commit
        Bookkeeping of the double buffers of K and V or W, of Q or X, and of the results.
    results : Out(stream.Signature(Geometry.results))
        A block whose phase of results was chosen, or an abort.
    begin : Out
        A block of scores: how to mask and to scale them, with its bank.
    load : Out(Control.load)
    o : Out(stream.Signature(Control.tile))
        Loaded tiles.
    """

    def __init__(self, config: Config):
        self.config = config
        self.geometry = g = Geometry(config)
        self.control = control = Control(config)
        self.key = (config,)
        super().__init__(
            {
                "work": In(stream.Signature(control.work)),
                "scored": In(1),
                "kv_bank": In(1),
                "kv_next": Out(1),
                "q_bank": In(1),
                "q_next": Out(1),
                "r_space": In(1),
                "r_bank": In(1),
                "r_commit": Out(1),
                "results": Out(stream.Signature(g.results)),
                "begin": Out(control.begin),
                "load": Out(control.load),
                "o": Out(stream.Signature(control.tile)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        queue = place(m, platform, "pending", StreamQueue(self.control.pending, PENDING))
        taken, free = Signal(), Signal()
        take = self._choose(m, queue, free)
        bank, score_bank = self._follow(m, queue, take)
        self._walk(m, queue.o.payload, take, bank, score_bank, taken, free)
        if isinstance(platform, Proof):
            platform.promises(m, self).stream("o", self.o)
        return m

    def _choose(self, m, queue, free):
        """What is begun in this cycle, if there is nothing more to load and something can be."""
        work = self.work.payload
        names = ("scores", "values", "linear", "abort")
        take = {name: Signal(name=f"take_{name}") for name in names}
        take["first_phase"] = Signal(name="take_first_phase")
        ready = Signal(range(PENDING + 1))  # pending blocks whose scores are all there
        begun = self.results.ready & self.r_space
        m.d.comb += [
            take["scores"].eq(free & self.work.valid & ~work.abort & ~work.linear & queue.i.ready),
            take["values"].eq(free & (ready != 0) & begun & ~take["scores"]),
            take["linear"].eq(free & self.work.valid & ~work.abort & work.linear & ~queue.o.valid & begun),
            take["abort"].eq(free & self.work.valid & work.abort & ~queue.o.valid & self.results.ready),
            take["first_phase"].eq(take["scores"] | take["linear"]),
            self.work.ready.eq(take["first_phase"] | take["abort"]),
            queue.i.valid.eq(take["scores"]),
            queue.o.ready.eq(take["values"]),
        ]
        m.d.sync += ready.eq(ready + self.scored - take["values"])
        return take

    def _follow(self, m, queue, take):
        """What others are told of the choice; returns the banks of stationary operands and of scores that it reads."""
        work, pending = self.work.payload, queue.o.payload
        job_bank, bank = Signal(name="job_bank"), Signal(name="bank")
        w_scores, r_scores = Signal(name="w_scores"), Signal(name="r_scores")
        m.d.comb += [
            bank.eq(Mux(work.first, self.kv_bank, job_bank)),
            self.kv_next.eq((take["first_phase"] | (take["abort"] & work.stationary)) & work.first),
            self.q_next.eq(take["first_phase"]),
            self.r_commit.eq(take["values"] | take["linear"]),
            self.begin.valid.eq(take["scores"]),
            self.begin.bank.eq(w_scores),
            self.begin.scores.eq(work.scores),
            *(queue.i.payload[name].eq(work[name]) for name in PASSED_ON),
            queue.i.payload.bank.eq(bank),
            queue.i.payload.keys.eq(work.outer),
            queue.i.payload.columns.eq(work.columns),
            self.results.valid.eq(self.r_commit | take["abort"]),
            self.results.payload.abort.eq(take["abort"]),
            self.results.payload.linear.eq(take["linear"]),
            *(self.results.payload[name].eq(Mux(take["values"], pending[name], work[name])) for name in PASSED_ON),
        ]
        m.d.sync += [w_scores.eq(w_scores ^ take["scores"]), r_scores.eq(r_scores ^ take["values"])]
        with m.If(take["first_phase"]):
            m.d.sync += job_bank.eq(bank)
        return bank, Mux(take["scores"], w_scores, r_scores)

    def _walk(self, m, pending, take, bank, score_bank, taken, free):
        """Goes through the tiles of a phase, and through the words of a tile."""
        config, g = self.config, self.geometry
        work, tile = self.work.payload, self.o.payload
        loading, loaded = Signal(), Signal()  # a word goes to the array; all words of the tile at hand have
        registers = {name: Signal.like(tile[name], reset_less=True, name=name) for name in tile.shape().members}
        releases = Signal(reset_less=True)  # the phase is the last one that reads its bank of stationary operands
        outer_left = Signal(self.control.outer_bits, reset_less=True)
        inner, inner_left, rows_left = (
            Signal(self.control.inner_bits, reset_less=True, name=name) for name in ("inner", "inner_left", "rows_left")
        )
        row = Signal(range(max(2, config.rows)), reset_less=True)
        last_row = Signal(reset_less=True)
        address, next_address = (
            Signal(len(self.load.address), reset_less=True, name=name) for name in ("address", "next_address")
        )
        element = Signal(range(max(2, config.elements)), reset_less=True)
        feed_start = Signal(len(tile.feed), reset_less=True)
        used, last_word, phase_end = Signal(), Signal(), Signal()
        columns_used = Signal(range(config.columns + 1))
        macs = Signal(len(tile.macs), name="macs_so_far")
        is_key = registers["score"]
        m.d.comb += [
            last_word.eq(loading & last_row),
            phase_end.eq(registers["final"] & registers["closing"]),
            self.o.valid.eq(loaded | last_word),
            taken.eq(self.o.valid & self.o.ready),
            free.eq((~loading & ~loaded) | (taken & phase_end)),
            used.eq(rows_left != 0),
            columns_used.eq(Mux(outer_left < config.columns, outer_left, config.columns)),
            macs.eq(registers["macs"] + Mux(loading & used, columns_used, 0)),
            *(tile[name].eq(register) for name, register in registers.items() if name != "macs"),
            tile.macs.eq(macs),
        ]

        def begin_tile(left, is_final):
            return [
                inner_left.eq(left),
                rows_left.eq(left),
                row.eq(0),
                last_row.eq(config.rows == 1),
                registers["macs"].eq(0),
                registers["final"].eq(is_final),
            ]

        with m.If(loading):
            m.d.sync += [row.eq(row + 1), last_row.eq(row == config.rows - 2), registers["macs"].eq(macs)]
            with m.If(used):
                m.d.sync += rows_left.eq(rows_left - 1)
            with m.If(~is_key):
                m.d.sync += address.eq(address + Mux(registers["linear"], g.channel_tiles, g.value_tiles))
            with m.Elif(element == config.elements - 1):
                m.d.sync += [element.eq(0), address.eq(address + 1)]
            with m.Else():
                m.d.sync += element.eq(element + 1)
        with m.If(last_word):
            m.d.sync += [loading.eq(0), loaded.eq(1)]
        with m.If(taken):
            m.d.sync += [loaded.eq(0), loading.eq(~phase_end), registers["fresh"].eq(0)]
            with m.If(registers["final"]):
                m.d.sync += [
                    *begin_tile(inner, inner <= config.rows),
                    outer_left.eq(outer_left - config.columns),
                    registers["closing"].eq(outer_left <= 2 * config.columns),
                    registers["opening"].eq(0),
                    registers["first"].eq(1),
                    registers["feed"].eq(feed_start),
                    address.eq(next_address),
                    next_address.eq(next_address + Mux(is_key, g.key_groups, 1)),
                    element.eq(0),
                ]
            with m.Else():
                m.d.sync += begin_tile(inner_left - config.rows, inner_left <= 2 * config.rows)
                m.d.sync += [registers["first"].eq(0), registers["feed"].eq(registers["feed"] + 1)]

        def begin_phase(outer, inner_size, load_depth, load_bank, outer_step, feed_depth, feed_bank):
            return [
                *begin_tile(inner_size, inner_size <= config.rows),
                outer_left.eq(outer),
                registers["closing"].eq(outer <= config.columns),
                inner.eq(inner_size),
                address.eq(Mux(load_bank, load_depth, 0)),
                next_address.eq(Mux(load_bank, load_depth + outer_step, outer_step)),
                registers["feed"].eq(Mux(feed_bank, feed_depth, 0)),
                feed_start.eq(Mux(feed_bank, feed_depth, 0)),
            ]

        with m.If(take["first_phase"] | take["values"]):
            m.d.sync += [
                loading.eq(1),
                element.eq(0),
                registers["score"].eq(take["scores"]),
                registers["linear"].eq(take["linear"]),
                registers["first"].eq(1),
                registers["opening"].eq(1),
                registers["fresh"].eq(take["first_phase"] & work.first),
                registers["bank"].eq(Mux(take["scores"], score_bank, self.r_bank)),
                registers["score_bank"].eq(score_bank),
                registers["rows"].eq(Mux(take["values"], pending.rows, work.rows)),
                registers["slot"].eq(Mux(take["values"], pending.slot, work.slot)),
                releases.eq(Mux(take["values"], pending.final, take["linear"] & work.final)),
            ]
            with m.If(take["values"]):
                m.d.sync += begin_phase(
                    pending.columns, pending.keys, g.value_depth, pending.bank, 1, g.score_depth, score_bank
                )
            with m.Elif(take["scores"]):
                m.d.sync += begin_phase(
                    work.outer, work.inner, g.key_depth, bank, g.key_groups, g.query_depth, self.q_bank
                )
            with m.Else():
                m.d.sync += begin_phase(work.outer, work.inner, g.value_depth, bank, 1, g.query_depth, self.q_bank)

        s1_abort = Signal(name="s1_abort")
        m.d.sync += s1_abort.eq(take["abort"] & work.stationary)
        closes = (last_word & phase_end & releases) | s1_abort
        self._load_control(m, loading, last_word, used, is_key, address, element, closes)

    def _load_control(self, m, word, last_word, used, is_key, address, element, closes):
        """The control word of a load; see `Control.load`."""

        def late(value, cycles, name, *, reset_less=True):
            return delayed(m, value, cycles, name, reset_less=reset_less)

        first = RowFeeder.latency - ColumnFeeder.latency  # a word reaches the array as its row's operand does
        m.d.comb += [
            self.load.address.eq(late(address, first, "address")),
            self.load.k_en.eq(late(word & used & is_key, first, "k_en", reset_less=False)),
            self.load.v_en.eq(late(word & used & ~is_key, first, "v_en", reset_less=False)),
            self.load.closes.eq(late(closes, first, "closes", reset_less=False)),
            self.load.element.eq(late(element, first + 2, "element")),
            self.load.is_key.eq(late(is_key, first + 3, "is_key")),
            self.load.zero.eq(late(~used, first + 3, "zero")),
            self.load.valid.eq(late(word, first + 4, "valid", reset_less=False)),
            self.load.last.eq(late(last_word, first + 4, "last", reset_less=False)),
        ]
