"""What is counted of a head's scores: pairs that no mask hides, and scores that their format had no room for."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.dense.config import Config
from attnforge.hdl.dense.control import Control
from attnforge.hdl.dense.model import MOST_SATURATED
from attnforge.hdl.dense.sum_control import SCORE_BANKS
from attnforge.hdl.parts.arithmetic.row_statistic import statistic_control
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.memory.ram import Table

__all__ = ["ScoreCounts"]


class ScoreCounts(wiring.Component):
    """Products of each block of a head, and saturated scores of each head.

    Products are the pairs of a query and a key that it sees, times the features of Q and V; they can be read 4 cycles
    after the block's last row of scores, long before its exponentials stream. Saturated scores are those of whole jobs,
    and are kept from the job's last row of scores on until another job has its slot.

    Parameters
    ----------
    config : Config

    Members
    -------
    begin : In(Control.begin)
    counted, score : In(Control.counted), In(Control.score)
        Rows of scores at the first column.
    tile : In(statistic_control)
        With a row's maximum.
    saturated : In
        A row's saturated scores, a cycle before.
    bank, products : In, Out
        In the same cycle.
    slot, total : In, Out
        In the same cycle; saturated scores.
    """

    def __init__(self, config: Config):
        self.config = config
        self.control = control = Control(config)
        self.key = (config,)
        columns = range(config.columns + 1)
        super().__init__(
            {
                "begin": In(control.begin),
                "counted": In(control.counted),
                "score": In(control.score),
                "tile": In(statistic_control(config.most_rows, SCORE_BANKS)),
                "saturated": In(columns),
                "bank": In(1),
                "products": Out(control.block_product_bits),
                "slot": In(control.geometry.slot_bits),
                "total": Out(range(MOST_SATURATED + 1)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        self._products(m, platform)
        self._saturated(m, platform)
        return m

    def _products(self, m, platform):
        config, score, counted = self.config, self.score, self.counted
        features = place(m, platform, "features", Table(self.control.feature_bits, SCORE_BANKS))
        products = place(m, platform, "products", Table(self.control.block_product_bits, SCORE_BANKS))
        s1_row = Signal(self.control.counted, name="s1_row")
        s1_visible = Signal(range(config.columns + 1), name="s1_visible", reset_less=True)
        begins = Signal(init=1, name="begins")  # the next row is a block's first
        pairs = Signal(range(config.most_rows * config.max_keys + 1), name="pairs", reset_less=True)
        s2_features = Signal(self.control.feature_bits, name="s2_features", reset_less=True)
        s3_products = Signal(self.control.block_product_bits, name="s3_products", reset_less=True)
        s2_bank, s3_bank = (Signal(name=f"s{stage}_bank", reset_less=True) for stage in (2, 3))
        s2_ends, s3_ends = (Signal(name=f"s{stage}_ends") for stage in (2, 3))
        m.d.sync += [
            s1_row.eq(counted),
            s1_visible.eq(Mux(score.low < score.high, score.high - score.low, 0)),
            s2_ends.eq(s1_row.valid & s1_row.ends),
            s2_bank.eq(s1_row.bank),
            s2_features.eq(features.r_data0),
            s3_ends.eq(s2_ends),
            s3_bank.eq(s2_bank),
            s3_products.eq(pairs * s2_features),
        ]
        with m.If(s1_row.valid):
            m.d.sync += [pairs.eq(Mux(begins, 0, pairs) + s1_visible), begins.eq(s1_row.ends)]
        m.d.comb += [
            features.w_en.eq(self.begin.valid),
            features.w_address.eq(self.begin.bank),
            features.w_data.eq(self.begin.features),
            features.r_address0.eq(s1_row.bank),
            products.w_en.eq(s3_ends),
            products.w_address.eq(s3_bank),
            products.w_data.eq(s3_products),
            products.r_address0.eq(self.bank),
            self.products.eq(products.r_data0),
        ]

    def _saturated(self, m, platform):
        tile, slot_bits = self.tile, self.control.geometry.slot_bits
        jobs = place(m, platform, "jobs", Table(1 + slot_bits, SCORE_BANKS))
        totals = place(m, platform, "totals", Table(self.total.shape(), self.config.job_slots))
        first, slot = jobs.r_data0[0], jobs.r_data0[1:]
        s1_saturated = Signal(len(self.saturated), name="s1_saturated", reset_less=True)
        begins = Signal(init=1, name="begins_tiles")
        total = Signal(len(self.total), name="saturated_so_far", reset_less=True)
        exact = Signal(len(total) + 1, name="exact_total")
        now = Signal(len(total), name="total_now")
        ends = tile.valid & tile.final & tile.last
        m.d.comb += [
            jobs.w_en.eq(self.begin.valid),
            jobs.w_address.eq(self.begin.bank),
            jobs.w_data.eq(Cat(self.begin.first, self.begin.slot)),
            jobs.r_address0.eq(tile.bank),
            exact.eq(Mux(begins & first, 0, total) + s1_saturated),
            now.eq(exact[:-1] | exact[-1].replicate(len(total))),  # the largest value stands for more
            totals.w_en.eq(ends),
            totals.w_address.eq(slot),
            totals.w_data.eq(now),
            totals.r_address0.eq(self.slot),
            self.total.eq(totals.r_data0),
        ]
        m.d.sync += s1_saturated.eq(self.saturated)
        with m.If(tile.valid):
            m.d.sync += [total.eq(now), begins.eq(ends)]
