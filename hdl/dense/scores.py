"""From exact sums to scores: scaled, masked, and on their way to the rows."""

from amaranth.hdl import Module, Mux, Shape, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.dense.config import Config
from attnforge.hdl.dense.control import Control
from attnforge.hdl.dense.geometry import Geometry
from attnforge.hdl.numeric import Int
from attnforge.hdl.parts.arithmetic.channel_scale import SHIFT_BITS
from attnforge.hdl.parts.arithmetic.requantise import Requantise
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.memory.ram import Table, address_bits

__all__ = ["MASK_CYCLES", "ColumnScores", "ScoreControl", "scale_cycles"]

MASK_CYCLES = 3
"""From a row to its `Control.score`."""


def scale_cycles(config: Config) -> int:
    """Cycles from an exact score to a scaled one."""
    return Requantise.cycles(Int(config.raw_score_bits), config.multiplier_bits)


class ColumnScores(wiring.Component):
    """Scales the scores of one column, and masks them: `scale_cycles` and one more, a score per cycle.

    Parameters
    ----------
    config : Config

    Members
    -------
    valid, raw, scale : In
        An exact score, and what it is multiplied with.
    i_score, o_score : In, Out
        The control word, with the scaled score, from the column before and, one cycle later, to the column behind; see
        `Control.score`.
    en, address, value : Out
        A score and where it goes.
    i_saturated, o_saturated : In, Out
        How many scores of the row's tile, up to the column before and up to this one, were clipped to their format.
    """

    def __init__(self, config: Config):
        self.config = config
        control = Control(config)
        self.key = (config,)
        super().__init__(
            {
                "valid": In(1),
                "raw": In(Shape(config.raw_score_bits, True)),
                "scale": In(control.scale),
                "i_score": In(control.score),
                "o_score": Out(control.score),
                "en": Out(1),
                "address": Out(address_bits(2 * Geometry(config).score_depth)),
                "value": Out(config.score.shape),
                "i_saturated": In(range(config.columns + 1)),
                "o_saturated": Out(range(config.columns + 1)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, word = self.config, self.i_score
        scale = place(
            m,
            platform,
            "scale",
            Requantise(
                Int(config.raw_score_bits),
                config.score,
                multiplier_bits=config.multiplier_bits,
                shift_bits=SHIFT_BITS,
                per_value=True,
                tells=True,
            ),
        )
        value = Signal(config.score.shape, reset_less=True, name="score")
        address = Signal(len(self.address), reset_less=True, name="score_address")
        en, kept = Signal(name="score_en"), Signal(name="kept")
        least = config.score.min
        is_least = Signal(name="is_least")
        saturated = Signal(len(self.o_saturated), name="saturated", reset_less=True)
        m.d.comb += [
            scale.i_valid.eq(self.valid),
            scale.i.eq(self.raw),
            scale.multiplier.eq(self.scale.multiplier),
            scale.shift.eq(self.scale.shift),
            kept.eq((word.low == 0) & (word.high != 0)),
            is_least.eq(scale.o == least),
            self.o_saturated.eq(saturated),
            self.en.eq(en),
            self.address.eq(address),
            self.value.eq(value),
        ]
        m.d.sync += [
            # The smallest score stands for a masked key.
            value.eq(Mux(kept, Mux(is_least, least + 1, scale.o), least)),
            saturated.eq(self.i_saturated + (kept & (is_least | scale.o_saturated))),
            address.eq(word.address),
            en.eq(scale.o_valid),
            self.o_score.address.eq(word.address),
            self.o_score.low.eq(Mux(word.low == 0, 0, word.low - 1)),
            self.o_score.high.eq(Mux(word.high == 0, 0, word.high - 1)),
        ]
        return m


class ScoreControl(wiring.Component):
    """Says how the scores of a row are scaled, which of them are masked, and where they go; a row per cycle.

    Parameters
    ----------
    config : Config

    Members
    -------
    begin : In
        A block of scores: how to mask and to scale them, with its bank.
    scale_bank, scale : In, Out
        One cycle later.
    row, score : In(Control.row), Out(Control.score)
        `MASK_CYCLES` later.
    """

    def __init__(self, config: Config):
        self.config = config
        self.control = control = Control(config)
        self.key = (config,)
        super().__init__(
            {
                "begin": In(control.begin),
                "scale_bank": In(1),
                "scale": Out(control.scale),
                "row": In(control.row),
                "score": Out(control.score),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, g, row = self.config, self.control.geometry, self.row
        blocks = place(m, platform, "blocks", Table(self.control.scores.size, 2, readers=2))
        block = self.control.scores(blocks.r_data1)
        m.d.comb += [
            blocks.w_en.eq(self.begin.valid),
            blocks.w_address.eq(self.begin.bank),
            blocks.w_data.eq(self.begin.scores),
            blocks.r_address0.eq(self.scale_bank),
            blocks.r_address1.eq(row.bank),
        ]
        m.d.sync += self.scale.eq(self.control.scores(blocks.r_data0).scale)

        # Relative to the tile at hand: its keys before `first` and behind `limit` are masked for every row, those
        # behind `bound` for this one; `start` is the bound of the first row.
        first, limit, bound, start = (
            Signal(self.control.key, reset_less=True, name=name) for name in ("first", "limit", "bound", "start")
        )
        tile_start = Signal(self.control.key, name="tile_start")
        address = Signal(len(self.score.address), reset_less=True, name="address")
        tile_address = Signal.like(address, name="tile_address")
        next_address = Signal.like(address, name="next_address", reset_less=True)
        m.d.comb += [
            tile_start.eq(Mux(row.opening, block.bound, start - config.columns)),
            tile_address.eq(Mux(row.opening, Mux(row.bank, g.score_depth, 0), next_address)),
        ]
        with m.If(row.valid & row.opens):
            m.d.sync += [
                first.eq(Mux(row.opening, block.first_key, first - config.columns)),
                limit.eq(Mux(row.opening, block.limit, limit - config.columns)),
                bound.eq(tile_start),
                start.eq(tile_start),
                address.eq(tile_address),
                next_address.eq(tile_address + 1),
            ]
        with m.Elif(row.valid):
            m.d.sync += [bound.eq(bound + 1), address.eq(address + g.key_tiles)]

        s2_first, s2_high = (Signal(self.control.key, reset_less=True, name=f"s2_{name}") for name in ("first", "high"))
        s2_address = Signal.like(address, name="s2_address", reset_less=True)

        def clamped(key):
            return Mux(key < 0, 0, Mux(key < config.columns, key[: len(self.score.low)], config.columns))

        m.d.sync += [
            s2_first.eq(first),
            s2_high.eq(Mux(bound < limit, bound, limit)),
            s2_address.eq(address),
            self.score.low.eq(clamped(s2_first)),
            self.score.high.eq(clamped(s2_high)),
            self.score.address.eq(s2_address),
        ]
        return m
