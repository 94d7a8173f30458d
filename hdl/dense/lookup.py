"""From a block to the sizes of its phases."""

from amaranth.hdl import Module, Mux, Shape, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.dense.config import Config
from attnforge.hdl.dense.control import Control
from attnforge.hdl.dense.geometry import Geometry
from attnforge.hdl.dense.loader import job_layout
from attnforge.hdl.parts.arithmetic.quotient import by_constant

__all__ = ["Lookup"]


class Lookup(wiring.Component):
    """Reads the registers of a block's job, and finds the keys that it needs: 3 cycles, one at a time.

    A block needs the keys from the tile of the first one that is not masked up to the limit of its last row, and one in
    any case, so that there is a score. Keys are numbered from that tile on.

    Parameters
    ----------
    config : Config

    Members
    -------
    i : In(stream.Signature(Geometry.block))
    slot, job : Out, In
        Read port of the registers of the jobs in flight, without latency.
    o : Out(stream.Signature(Control.work))
    """

    latency = 3

    def __init__(self, config: Config):
        self.config = config
        g, control = Geometry(config), Control(config)
        self.key = (config,)
        super().__init__(
            {
                "i": In(stream.Signature(g.block)),
                "slot": Out(g.slot_bits),
                "job": In(job_layout(config)),
                "o": Out(stream.Signature(control.work)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, block, job, work = self.config, self.i.payload, self.job, self.o.payload
        accept, s1_valid, s2_valid = Signal(name="accept"), Signal(name="s1_valid"), Signal(name="s2_valid")
        m.d.comb += [
            self.slot.eq(block.slot),
            self.i.ready.eq(~s1_valid & ~s2_valid & ~self.o.valid),
            accept.eq(self.i.valid & self.i.ready),
        ]
        m.d.sync += [s1_valid.eq(accept), s2_valid.eq(s1_valid)]
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.If(s2_valid):
            m.d.sync += self.o.valid.eq(1)

        held = Signal(work.shape(), reset_less=True, name="held")
        causal = Signal(reset_less=True, name="causal")
        limit, bound = held.scores.limit, held.scores.bound
        s1_bound = Signal(range(config.max_queries + config.max_keys + 1), reset_less=True, name="s1_bound")
        most = Signal(Shape((config.max_keys + config.most_rows).bit_length() + 1, True), reset_less=True, name="most")
        some = Signal(name="some")  # padding leaves a key
        key_limit = Signal.like(limit, name="key_limit")
        tile, first_key = by_constant(job.first_key, config.columns)
        m.d.comb += [
            some.eq((job.first_key < job.key_limit) & (job.first_key < job.keys)),
            key_limit.eq(Mux(job.key_limit < job.keys, job.key_limit, job.keys)),
        ]
        with m.If(accept):
            m.d.sync += [held[name].eq(block[name]) for name in block.shape().members if name in held.shape().members]
            m.d.sync += [
                held.inner.eq(Mux(block.linear, job.depth, job.head_dim)),
                held.outer.eq(job.channels),
                held.columns.eq(job.value_dim),
                held.scores.scale.multiplier.eq(job.score_multiplier),
                held.scores.scale.shift.eq(job.score_shift),
                held.key_tile.eq(Mux(some & ~block.linear, tile, 0)),
                held.scores.first_key.eq(first_key),
                limit.eq(Mux(some, key_limit, 0)),
                causal.eq(job.causal),
                s1_bound.eq(block.query + job.causal_offset + 1),
            ]
        s1_below = Signal(name="s1_below")
        start = held.key_tile * config.columns
        m.d.comb += s1_below.eq(causal & (s1_bound < limit))
        with m.If(s1_valid):
            m.d.sync += [
                limit.eq(limit - start),
                bound.eq(Mux(s1_below, s1_bound[: len(limit)], limit) - start),
                most.eq(Mux(s1_below, s1_bound[: len(limit)] + held.rows, limit + 1) - 1 - start),
            ]
        with m.If(s2_valid & ~held.linear):
            m.d.sync += held.outer.eq(Mux(most < 1, 1, Mux(most < limit, most, limit)))
        m.d.comb += work.eq(held)
        return m
