"""The array and its edges: the lanes of its operands, its sums, and the way of the scores back to the rows."""

from amaranth.hdl import Cat, Const, Module, Shape
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.dense.column import ColumnFeeder, ColumnSums
from attnforge.hdl.dense.config import Config
from attnforge.hdl.dense.control import Control
from attnforge.hdl.dense.geometry import RESULT_BANKS, Geometry
from attnforge.hdl.dense.model import MOST_SATURATED
from attnforge.hdl.dense.row import RowFeeder
from attnforge.hdl.dense.score_counts import ScoreCounts
from attnforge.hdl.dense.scores import ColumnScores
from attnforge.hdl.dense.sum_control import SCORE_BANKS, SumControl
from attnforge.hdl.numeric import Int
from attnforge.hdl.parts.arithmetic.row_statistic import Statistic, StatisticLane, StatisticTable
from attnforge.hdl.parts.array.systolic import SystolicArray
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.memory.ram import address_bits

__all__ = ["DenseArray"]


class DenseArray(wiring.Component):
    """One array for Q K^T, P V and X W, with all that lies at its edges.

    Scores leave by the columns and come back as probabilities by the rows: score lane c is written under column c, and
    read by the row whose stationary operand is row c of a tile of V. That is row R - 1 - c, since the first word of a
    load is the tile's first and goes to the bottom row.

    Parameters
    ----------
    config : Config

    Members
    -------
    k_en, k_address, k_data : In
        A beat of a token of K; ``k_en`` has a bit per lane, lane = token mod C.
    v_en, v_address, v_data : In, C lanes
        Lane = feature of V, or channel of W, mod C.
    q_en, q_address, q_data : In, R lanes
        Lane = feature of Q, or of X, mod R.
    load, feed, row, begin : In
        From stager and streamer.
    maximum_en, maximum_bank, maximum_index, maximum : In, Out
        Read port of the rows' maxima, latency 1.
    r_en, r_address, sums : In, In, Out
        Results of all columns at one address, 2 cycles later.
    kv_free, q_free, scored, complete : Out(1)
        Strobes: no column reads this bank of K and V or W any more; no row reads this bank of Q or X; all scores of a
        block and their maxima can be read from the next cycle on; all results of a block can.
    row_sum : Out(Geometry.row_sum)
    block_bank, block_products, slot, saturated : In, Out, In, Out
        See `ScoreCounts`.
    """

    def __init__(self, config: Config):
        self.config = config
        self.geometry = g = Geometry(config)
        control = Control(config)
        self.key = (config,)
        element = config.operand.shape
        super().__init__(
            {
                "k_en": In(config.columns),
                "k_address": In(address_bits(2 * g.key_depth)),
                "k_data": In(data.ArrayLayout(element, config.elements)),
                "v_en": In(config.columns),
                "v_address": In(data.ArrayLayout(address_bits(2 * g.value_depth), config.columns)),
                "v_data": In(data.ArrayLayout(element, config.columns)),
                "q_en": In(config.rows),
                "q_address": In(data.ArrayLayout(address_bits(2 * g.query_depth), config.rows)),
                "q_data": In(data.ArrayLayout(element, config.rows)),
                "load": In(control.load),
                "feed": In(control.feed),
                "row": In(control.row),
                "begin": In(control.begin),
                "maximum_en": In(1),
                "maximum_bank": In(1),
                "maximum_index": In(g.index_bits),
                "maximum": Out(config.score.shape),
                "r_en": In(1),
                "r_address": In(address_bits(2 * g.result_depth)),
                "sums": Out(data.ArrayLayout(Shape(config.sum_bits, True), config.columns)),
                "kv_free": Out(1),
                "q_free": Out(1),
                "scored": Out(1),
                "complete": Out(1),
                "row_sum": Out(g.row_sum),
                "block_bank": In(1),
                "block_products": Out(control.block_product_bits),
                "slot": In(g.slot_bits),
                "saturated": Out(range(MOST_SATURATED + 1)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config = self.config
        control = place(m, platform, "sum_control", SumControl(config))
        array = place(
            m,
            platform,
            "array",
            SystolicArray(config.rows, config.columns, config.moving.bits, config.bits, config.partial_bits),
        )
        m.d.comb += [control.row.eq(self.row), control.begin.eq(self.begin)]
        rows = self._rows(m, platform, array, control)
        self._columns(m, platform, array, control, rows)
        return m

    def _rows(self, m, platform, array, control):
        """The left edge: feeders, and the sum of the exponentials from row to row."""
        config = self.config
        form, tile_form, total_form = (
            Int(bits, signed=False) for bits in (config.probability_bits, config.tile_sum_bits, config.row_sum_bits)
        )
        rows, swaps, feed = [], [], self.feed
        running = Const(Statistic.SUM.neutral(tile_form), tile_form.shape)
        for row in range(config.rows):
            lane = config.rows - 1 - row
            feeder = place(m, platform, f"row{row}", RowFeeder(config))
            adder = place(m, platform, f"total{row}", StatisticLane(Statistic.SUM, form, tile_form))
            m.d.comb += [
                feeder.q_en.eq(self.q_en[lane]),
                feeder.q_address.eq(self.q_address[lane]),
                feeder.q_data.eq(self.q_data[lane]),
                feeder.i_feed.eq(feed),
                adder.value.eq(feeder.exponential),
                adder.i.eq(running),
                array.i_moving[row].eq(feeder.moving),
            ]
            rows.append(feeder)
            swaps.append(feeder.swap)
            last_feed, feed, running = feed, feeder.o_feed, adder.o
        totals = place(
            m,
            platform,
            "totals",
            StatisticTable(Statistic.SUM, tile_form, total_form, rows=config.most_rows, banks=RESULT_BANKS),
        )
        m.d.comb += [
            array.i_swap.eq(Cat(*swaps)),
            self.q_free.eq(last_feed.q_closes),
            totals.i_control.eq(control.total),
            totals.i.eq(running),
            self.row_sum.valid.eq(totals.o_valid),
            self.row_sum.total.eq(totals.o_total),
            self.row_sum.last.eq(totals.o_last),
        ]
        return rows

    def _columns(self, m, platform, array, control, rows):
        """The top and the bottom edge: loads, sums, scores, and the maximum from column to column."""
        config = self.config
        load, read, write, score = self.load, control.read, control.write, control.score
        running = Const(Statistic.MAXIMUM.neutral(config.score), config.score.shape)
        saturated = Const(0, range(config.columns + 1))
        loads, lasts = [], []
        for column in range(config.columns):
            feeder = place(m, platform, f"column{column}", ColumnFeeder(config))
            sums = place(m, platform, f"sums{column}", ColumnSums(config))
            scores = place(m, platform, f"scores{column}", ColumnScores(config))
            largest = place(
                m, platform, f"maximum{column}", StatisticLane(Statistic.MAXIMUM, config.score, config.score)
            )
            row = rows[config.rows - 1 - column]
            m.d.comb += [
                feeder.k_en.eq(self.k_en[column]),
                feeder.k_address.eq(self.k_address),
                feeder.k_data.eq(self.k_data),
                feeder.v_en.eq(self.v_en[column]),
                feeder.v_address.eq(self.v_address[column]),
                feeder.v_data.eq(self.v_data[column]),
                feeder.i_load.eq(load),
                array.word[column].eq(feeder.word),
                sums.partial.eq(array.sum[column]),
                sums.i_read.eq(read),
                sums.i_write.eq(write),
                sums.r_en.eq(self.r_en),
                sums.r_address.eq(self.r_address),
                self.sums[column].eq(sums.word),
                scores.valid.eq(write.score_en),
                scores.raw.eq(sums.sum),
                scores.scale.eq(write.scale),
                scores.i_score.eq(score),
                largest.value.eq(scores.value),
                largest.i.eq(running),
                scores.i_saturated.eq(saturated),
                row.s_en.eq(scores.en),
                row.s_address.eq(scores.address),
                row.s_data.eq(scores.value),
            ]
            loads.append(feeder.load)
            lasts.append(feeder.load_last)
            last_load, last_write = load, write
            load, read, write, score = feeder.o_load, sums.o_read, sums.o_write, scores.o_score
            running, saturated = largest.o, scores.o_saturated
        maxima = place(
            m,
            platform,
            "maxima",
            StatisticTable(
                Statistic.MAXIMUM,
                config.score,
                config.score,
                rows=config.most_rows,
                banks=SCORE_BANKS,
                readable=True,
            ),
        )
        m.d.comb += [
            array.load.eq(Cat(*loads)),
            array.load_last.eq(Cat(*lasts)),
            self.kv_free.eq(last_load.closes),
            self.complete.eq(last_write.closes),
            maxima.i_control.eq(control.maximum),
            maxima.i.eq(running),
            maxima.r_en.eq(self.maximum_en),
            maxima.r_bank.eq(self.maximum_bank),
            maxima.r_index.eq(self.maximum_index),
            self.maximum.eq(maxima.r_total),
            self.scored.eq(maxima.o_valid & maxima.o_last),
        ]
        counts = place(m, platform, "score_counts", ScoreCounts(config))
        m.d.comb += [
            counts.begin.eq(self.begin),
            counts.counted.eq(control.counted),
            counts.score.eq(control.score),
            counts.tile.eq(control.maximum),
            counts.saturated.eq(saturated),
            counts.bank.eq(self.block_bank),
            self.block_products.eq(counts.products),
            counts.slot.eq(self.slot),
            self.saturated.eq(counts.total),
        ]
