"""The order in which the post-processor takes the sums of a phase."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.vitality.config import Config
from attnforge.hdl.vitality.geometry import Geometry

__all__ = ["Walker"]


class Walker(wiring.Component):
    """Counts through a phase: tiles of C columns, in each the indices, for each the steps of ``dividers`` columns.

    Parameters
    ----------
    config : Config

    Members
    -------
    restart, length, columns : In
        Begin a phase of ``length`` indices (features or tokens) and ``columns`` columns; answers hold from the next
        cycle on.
    advance : In(1)
    index, step, count : Out
        Index in the tile, step of the index, columns in use of the step.
    first_step, first_tile, last_step, tile_end, phase_end : Out(1)
        The ends include each other: ``phase_end`` is the last step of the last index of the last tile.
    """

    def __init__(self, config: Config):
        self.config = config
        g = Geometry(config)
        self.key = (config,)
        super().__init__(
            {
                "restart": In(1),
                "length": In(max(config.token_bits, config.max_head_dim.bit_length())),
                "columns": In(config.max_value_dim.bit_length()),
                "advance": In(1),
                "index": Out(g.index_bits),
                "step": Out(range(max(2, g.lane_steps))),
                "count": Out(range(config.dividers + 1)),
                "first_step": Out(1),
                "first_tile": Out(1),
                "last_step": Out(1),
                "tile_end": Out(1),
                "phase_end": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        lanes, columns = self.config.dividers, self.config.columns
        steps = columns // lanes
        tile_left = Signal.like(self.columns, name="tile_left", reset_less=True)
        left = Signal.like(self.columns, name="left", reset_less=True)
        length = Signal.like(self.length, name="indices", reset_less=True)
        indices_left = Signal.like(self.length, name="indices_left", reset_less=True)
        index_end = Signal(name="index_end")
        m.d.comb += [
            self.last_step.eq((self.step == steps - 1) | (left <= lanes)),
            index_end.eq(indices_left == 1),
            self.tile_end.eq(self.last_step & index_end),
            self.phase_end.eq(self.tile_end & (tile_left <= columns)),
            self.first_step.eq(self.step == 0),
            self.count.eq(Mux(left < lanes, left, lanes)),
        ]
        with m.If(self.advance):
            m.d.sync += [self.step.eq(self.step + 1), left.eq(left - lanes)]
            with m.If(self.last_step):
                m.d.sync += [self.step.eq(0), self.index.eq(self.index + 1), left.eq(tile_left)]
                m.d.sync += indices_left.eq(indices_left - 1)
            with m.If(self.tile_end):
                m.d.sync += [
                    self.index.eq(0),
                    indices_left.eq(length),
                    tile_left.eq(tile_left - columns),
                    left.eq(tile_left - columns),
                    self.first_tile.eq(0),
                ]
        with m.If(self.restart):
            m.d.sync += [
                self.step.eq(0),
                self.index.eq(0),
                length.eq(self.length),
                indices_left.eq(self.length),
                tile_left.eq(self.columns),
                left.eq(self.columns),
                self.first_tile.eq(1),
            ]
        return m
