"""What becomes of the sums that leave the array, row by row."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.dense.config import Config
from attnforge.hdl.dense.control import Control
from attnforge.hdl.dense.geometry import RESULT_BANKS
from attnforge.hdl.dense.row import RowFeeder
from attnforge.hdl.dense.scores import MASK_CYCLES, ScoreControl, scale_cycles
from attnforge.hdl.parts.arithmetic.row_statistic import StatisticLane, statistic_control
from attnforge.hdl.parts.array.systolic import ProcessingElement
from attnforge.hdl.parts.hierarchy import place

__all__ = ["SCORE_BANKS", "SumControl", "row_delay"]

SCORE_BANKS = 2


def read_delay(config: Config) -> int:
    """Cycles from the feed's address to the read of the partial sum of the first column: two less than to the sum."""
    return RowFeeder.latency + config.rows - 1 + ProcessingElement.latency - 2


def total_delay(config: Config) -> int:
    """Cycles from the feed's address to the sum of the row's exponentials: each lane adds one before it is moving."""
    return RowFeeder.latency - 1 + config.rows - 1 + StatisticLane.latency


def row_delay(config: Config) -> int:
    """Cycles from the feed's address to the write of the sum under the last column."""
    return read_delay(config) + 3 + config.columns - 1


def score_delay(config: Config) -> int:
    """Cycles from the feed's address to the scaled score of the first column."""
    return read_delay(config) + 3 + scale_cycles(config)


def maximum_delay(config: Config) -> int:
    """Cycles from the feed's address to the maximum of the row's tile: a register for the score, and the lanes."""
    return score_delay(config) + 1 + config.columns * StatisticLane.latency


class SumControl(wiring.Component):
    """Delays what the streamer says of a row until its sums leave, numbers the rows of a tile, and places the results.

    Parameters
    ----------
    config : Config

    Members
    -------
    row : In(Control.row)
        In cycle x.
    begin : In
        Blocks of scores; see `ScoreControl`.
    read, write, score : Out
        Control words of the first column, `read_delay`, three cycles more and `score_delay` later.
    counted : Out(Control.counted)
        With ``score``.
    total, maximum : Out(statistic_control)
        With the sum of the exponentials of a row's tile, and with the maximum of its scores.
    """

    def __init__(self, config: Config):
        self.config = config
        self.control = control = Control(config)
        self.key = (config,)
        super().__init__(
            {
                "row": In(control.row),
                "begin": In(control.begin),
                "read": Out(control.read),
                "write": Out(control.write),
                "score": Out(control.score),
                "counted": Out(control.counted),
                "total": Out(statistic_control(config.most_rows, RESULT_BANKS)),
                "maximum": Out(statistic_control(config.most_rows, SCORE_BANKS)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config = self.config
        rows = [self.row]
        for number in range(maximum_delay(config)):
            delayed = Signal(self.row.shape(), name=f"row{number + 1}")
            m.d.sync += delayed.eq(rows[-1])
            rows.append(delayed)

        scores = place(m, platform, "scores", ScoreControl(config))
        at = read_delay(config)
        m.d.comb += [
            scores.begin.eq(self.begin),
            scores.scale_bank.eq(rows[at + 2].bank),
            self.write.scale.eq(scores.scale),
            scores.row.eq(rows[score_delay(config) - MASK_CYCLES]),
            self.score.eq(scores.score),
        ]
        with m.If(~self._scores(rows[score_delay(config) - MASK_CYCLES])):
            m.d.comb += scores.row.valid.eq(0)
        self._sums(m, rows, at)
        row = rows[score_delay(config)]
        m.d.comb += [
            self.counted.valid.eq(self._scores(row)),
            self.counted.ends.eq(row.closing & row.closes),
            self.counted.bank.eq(row.bank),
        ]

        row = rows[total_delay(config)]
        m.d.comb += [
            self.total.valid.eq(row.valid & ~row.score & ~row.linear & row.opening),
            self.total.first.eq(row.first),
            self.total.final.eq(row.final),
            self.total.last.eq(row.closes),
            self.total.bank.eq(row.bank),
            self.total.index.eq(self._numbered(m, "total", row)),
        ]
        row = rows[maximum_delay(config)]
        m.d.comb += [
            self.maximum.valid.eq(self._scores(row)),
            self.maximum.first.eq(row.opening),
            self.maximum.final.eq(row.closing),
            self.maximum.last.eq(row.closes),
            self.maximum.bank.eq(row.bank),
            self.maximum.index.eq(self._numbered(m, "maximum", row)),
        ]
        return m

    @staticmethod
    def _scores(row):
        """The row's sums are whole scores."""
        return row.valid & row.score & row.final

    def _numbered(self, m, name, row):
        """The number of the row at hand in its block."""
        index = Signal(self.control.geometry.index_bits, name=f"{name}_index")
        following = Signal.like(index, name=f"{name}_following", reset_less=True)
        m.d.comb += index.eq(Mux(row.opens, 0, following))
        with m.If(row.valid):
            m.d.sync += following.eq(index + 1)
        return index

    def _sums(self, m, rows, at):
        """The passes of a tile, and its results: those of a tile lie behind those of the one before."""
        g = self.control.geometry
        index = self._numbered(m, "read", rows[at])
        m.d.comb += [
            self.read.index.eq(index),
            self.read.en.eq(rows[at].valid & ~rows[at].first),
            self.read.first.eq(rows[at + 2].first),
        ]
        start = Signal(len(self.write.result_address), reset_less=True, name="result_start")
        row = rows[at]
        with m.If(row.valid & row.opens & row.final & ~row.score):
            with m.If(row.opening):
                m.d.sync += start.eq(Mux(row.bank, g.result_depth, 0))
            with m.Else():
                m.d.sync += start.eq(start + self.config.most_rows)
        s1_index, s2_index, s3_index = (
            Signal(len(index), reset_less=True, name=f"s{stage}_index") for stage in (1, 2, 3)
        )
        s2_address, s3_address = (Signal.like(start, name=f"s{stage}_address") for stage in (2, 3))
        m.d.sync += [
            s1_index.eq(index),
            s2_index.eq(s1_index),
            s3_index.eq(s2_index),
            s2_address.eq(start + s1_index),
            s3_address.eq(s2_address),
        ]
        row = rows[at + 3]
        m.d.comb += [
            self.write.index.eq(s3_index),
            self.write.partial_en.eq(row.valid & ~row.final),
            self.write.result_en.eq(row.valid & row.final & ~row.score),
            self.write.result_address.eq(s3_address),
            self.write.score_en.eq(self._scores(row)),
            self.write.closes.eq(row.valid & row.final & ~row.score & row.closing & row.closes),
        ]
