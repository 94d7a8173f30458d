"""Which phase comes next."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.dense.config import Config
from attnforge.hdl.dense.control import Control
from attnforge.hdl.dense.geometry import Geometry
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.stream.beat import StreamQueue

__all__ = ["PENDING", "Chooser"]

PENDING = 2
"""Blocks between their two phases, at most: banks of scores."""
PASSED_ON = ("first", "final", "rows", "slot", "parameters")
"""Of a block, to those who read its results."""


class Chooser(wiring.Component):
    """Offers the phase that is to come next, from the cycle after everything that it waits for is there.

    A head's block has two phases: its scores, and then its values. The scores of the next block go before the values of
    this one if its operands are there when the choice is made, so that the array does not wait for the rows' maxima. At
    most `PENDING` blocks are between their phases. Everything else goes in the order of the blocks, so that results
    do; an abort too. As long as it is not taken the phase on offer may become another one; in the cycle after it was
    there is none.

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
        A block whose phase of results was taken, or an abort.
    begin : Out(Control.begin)
        A block whose phase of scores was taken.
    phase, take : Out(Control.phase), In(1)
        The phase on offer, which is begun in this cycle.
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
                "phase": Out(control.phase),
                "take": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, g = self.config, self.geometry
        work, phase = self.work.payload, self.phase
        queue = place(m, platform, "pending", StreamQueue(self.control.pending, PENDING))
        pending = queue.o.payload
        kinds = ("scores", "values", "linear", "abort")
        scores, values, linear, abort = (Signal(name=f"{name}_next") for name in kinds)
        ready = Signal(range(PENDING + 1), name="ready")  # pending blocks whose scores are all there
        first_phase, is_value = Signal(name="first_phase"), Signal(reset_less=True, name="is_value")
        job_bank, bank = Signal(name="job_bank"), Signal(name="bank")
        w_scores, r_scores = Signal(name="w_scores"), Signal(name="r_scores")

        # What could be taken in the next cycle ------------------------------------------------------------------------
        begun = self.results.ready & self.r_space
        in_order = self.work.valid & ~queue.o.valid
        m.d.comb += [
            scores.eq(self.work.valid & ~work.abort & ~work.linear & queue.i.ready),
            values.eq((ready != 0) & begun & ~scores),
            linear.eq(in_order & ~work.abort & work.linear & begun),
            abort.eq(in_order & work.abort & self.results.ready),
            bank.eq(Mux(work.first, self.kv_bank, job_bank)),
        ]
        m.d.sync += [
            phase.valid.eq((scores | values | linear | abort) & ~self.take),
            phase.abort.eq(abort),
            phase.score.eq(scores),
            phase.linear.eq(linear),
            is_value.eq(values),
            phase.fresh.eq(~values & work.first),
            phase.releases.eq(Mux(values, pending.final, (linear & work.final) | (abort & work.stationary))),
            phase.bank.eq(Mux(scores, w_scores, self.r_bank)),
            phase.score_bank.eq(r_scores),
            phase.rows.eq(Mux(values, pending.rows, work.rows)),
            phase.slot.eq(Mux(values, pending.slot, work.slot)),
        ]

        def sizes(outer, inner, load, skip, feed):
            """Columns and terms, and where the operands begin: depth and number of a bank each, and words before."""
            m.d.sync += [
                phase.outer.eq(outer),
                phase.one_outer.eq(outer <= config.columns),
                phase.inner.eq(inner),
                phase.one_inner.eq(inner <= config.rows),
                phase.load.eq(Mux(load[1], load[0], 0)),
                phase.skip.eq(skip),
                phase.feed.eq(Mux(feed[1], feed[0], 0)),
            ]

        with m.If(values):
            skip = pending.key_tile * g.value_tile_words
            sizes(pending.columns, pending.keys, (g.value_depth, pending.bank), skip, (g.score_depth, r_scores))
        with m.Elif(scores):
            skip = work.key_tile * g.key_tile_words
            sizes(work.outer, work.inner, (g.key_depth, bank), skip, (g.query_depth, self.q_bank))
        with m.Else():
            sizes(work.outer, work.inner, (g.value_depth, bank), 0, (g.query_depth, self.q_bank))

        # What follows when it is taken --------------------------------------------------------------------------------
        m.d.comb += [
            first_phase.eq(self.take & (phase.score | phase.linear)),
            self.work.ready.eq(self.take & ~is_value),
            self.kv_next.eq((first_phase | (self.take & phase.abort & phase.releases)) & work.first),
            self.q_next.eq(first_phase),
            self.r_commit.eq(self.take & (is_value | phase.linear)),
            self.begin.valid.eq(self.take & phase.score),
            self.begin.bank.eq(w_scores),
            self.begin.scores.eq(work.scores),
            self.begin.features.eq(work.inner + work.columns),
            self.begin.first.eq(work.first),
            self.begin.slot.eq(work.slot),
            queue.o.ready.eq(self.take & is_value),
            queue.i.valid.eq(self.take & phase.score),
            *(queue.i.payload[name].eq(work[name]) for name in PASSED_ON),
            queue.i.payload.bank.eq(bank),
            queue.i.payload.keys.eq(work.outer),
            queue.i.payload.key_tile.eq(work.key_tile),
            queue.i.payload.columns.eq(work.columns),
            self.results.valid.eq(self.take & ~phase.score),
            self.results.payload.abort.eq(phase.abort),
            self.results.payload.linear.eq(phase.linear),
            *(self.results.payload[name].eq(Mux(is_value, pending[name], work[name])) for name in PASSED_ON),
        ]
        m.d.sync += [
            ready.eq(ready + self.scored - (self.take & is_value)),
            w_scores.eq(w_scores ^ self.begin.valid),
            r_scores.eq(r_scores ^ (self.take & is_value)),
        ]
        with m.If(first_phase):
            m.d.sync += job_bank.eq(bank)
        return m
