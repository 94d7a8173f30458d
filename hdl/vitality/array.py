"""The array and its edges: SA-Diag, SA-General, the row and column feeders and the accumulators."""

from amaranth.hdl import Cat, Module, Shape, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.parts.array.systolic import PeColumn, ProcessingElement, SystolicArray
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.memory.ram import address_bits
from attnforge.hdl.vitality.column import ColumnFeeder, ColumnSums
from attnforge.hdl.vitality.config import Config
from attnforge.hdl.vitality.diagonal import DiagonalFeeder
from attnforge.hdl.vitality.geometry import Geometry
from attnforge.hdl.vitality.row import RowFeeder

__all__ = ["AttentionArray", "SumControl", "exit_delay", "row_delay"]


class SumControl(wiring.Component):
    """Delays what the sequencer says of a sum until the sum leaves the first column, and numbers the sums of a tile.

    Parameters
    ----------
    geometry : Geometry
    delay : int
        Cycles from the feed of a product to the read of its accumulator.

    Members
    -------
    tile : In
        In cycle x; see `Geometry.tile`.
    read, write : Out
        See `Geometry.read` (cycle z = x + delay) and `Geometry.write`.
    closes_query : Out(1)
        In cycle z + 3: the last row has read its last query.
    """

    def __init__(self, geometry: Geometry, delay):
        self.geometry = geometry
        self.delay = delay
        self.key = (geometry, delay)
        super().__init__(
            {
                "tile": In(geometry.tile),
                "read": Out(geometry.read),
                "write": Out(geometry.write),
                "closes_query": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        tile = self.tile
        for number in range(self.delay + 3):
            if number == self.delay:
                index = Signal(self.geometry.index_bits, reset_less=True, name="index")
                s2_index = Signal(self.geometry.index_bits, reset_less=True, name="s2_index")
                following = Signal(self.geometry.index_bits, reset_less=True, name="following")
                with m.If(tile.opens):
                    m.d.comb += self.read.index.eq(0)
                with m.Else():
                    m.d.comb += self.read.index.eq(following)
                m.d.comb += self.read.en.eq(tile.valid & ~tile.first)
                m.d.sync += [index.eq(self.read.index), s2_index.eq(index), self.write.index.eq(s2_index)]
                with m.If(tile.valid):
                    m.d.sync += following.eq(self.read.index + 1)
            if number == self.delay + 2:
                m.d.comb += self.read.first.eq(tile.first)
            delayed = Signal(self.geometry.tile, name=f"tile{number + 1}")
            m.d.sync += delayed.eq(tile)
            tile = delayed
        m.d.comb += [
            self.write.partial_en.eq(tile.valid & ~tile.final),
            self.write.result_en.eq(tile.valid & tile.final),
            self.write.bank.eq(tile.bank),
            self.write.opens.eq(tile.opens & tile.final),
            self.write.closes_key.eq(tile.closes_key),
            self.closes_query.eq(tile.closes_query),
        ]
        return m


def sum_delay(config: Config) -> int:
    """Cycles from the feed's address to the read of the accumulator: two less than to the sum."""
    return RowFeeder.latency + config.rows - 1 + ProcessingElement.latency - 2


def row_delay(config: Config) -> int:
    """Cycles from the feed's address to the write of the accumulator of the first column."""
    return sum_delay(config) + 3


def exit_delay(config: Config) -> int:
    """Cycles from the feed's address to the strobes of the right edge."""
    return row_delay(config) + config.columns + config.key_sum


class AttentionArray(wiring.Component):
    """SA-Diag and SA-General with all that lies at their edges.

    SA-Diag is the first column, at the left edge: its results are then never behind those of SA-General.

    Parameters
    ----------
    config : Config

    Members
    -------
    k_en, k_address, k_data : In
        Group of E features of a token; ``k_en`` has a bit per lane, lane = token mod R.
    q_en, q_address, q_data : In, R lanes
        Lane = feature mod R.
    v_en, v_address, v_data : In, C lanes
    g_en, g_address, g_data : In, C lanes, one address
        Data of ``config.dividers`` neighbouring lanes, for whichever of them are enabled.
    residue_en, residue_address, residue_data : In
        ksum.
    feed, tile, load, load_residue : In
        From the sequencer.
    r_en, r_address, sums : In, In, Out
        Finished sums of all columns at one bank and index, 2 cycles after the address.
    diagonal_en, diagonal_address, diagonal : In, In, Out
        The same of SA-Diag.
    opens, closes_key, closes_query : Out
        Strobes: the first finished sum of a tile lies in every column; no row or column reads K and V any more; no row
        reads Q any more.
    """

    def __init__(self, config: Config):
        self.config = config
        self.geometry = g = Geometry(config)
        self.key = (config,)
        element = config.operand.shape
        value_address = address_bits(2 * g.value_depth)
        super().__init__(
            {
                "k_en": In(config.rows),
                "k_address": In(address_bits(2 * g.key_depth)),
                "k_data": In(data.ArrayLayout(element, config.elements)),
                "q_en": In(config.rows),
                "q_address": In(data.ArrayLayout(address_bits(2 * g.query_depth), config.rows)),
                "q_data": In(data.ArrayLayout(element, config.rows)),
                "v_en": In(config.columns),
                "v_address": In(data.ArrayLayout(value_address, config.columns)),
                "v_data": In(data.ArrayLayout(element, config.columns)),
                "g_en": In(config.columns),
                "g_address": In(address_bits(2 * g.g_depth)),
                "g_data": In(data.ArrayLayout(config.g.shape, config.dividers)),
                "residue_en": In(1),
                "residue_address": In(g.feature_bits + g.slot_bits),
                "residue_data": In(config.key_residue.shape),
                "feed": In(g.feed),
                "tile": In(g.tile),
                "load": In(g.load),
                "load_residue": In(g.feature_bits + g.slot_bits),
                "r_en": In(1),
                "r_address": In(g.index_bits + 1),
                "diagonal_en": In(1),
                "diagonal_address": In(g.index_bits + 1),
                "sums": Out(data.ArrayLayout(Shape(config.sum_bits, True), config.columns)),
                "diagonal": Out(Shape(config.diagonal_bits, True)),
                "opens": Out(1),
                "closes_key": Out(1),
                "closes_query": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, geometry = self.config, self.geometry
        moving, swap = self._rows(m, platform)
        control = place(m, platform, "sum_control", SumControl(geometry, sum_delay(config)))
        m.d.comb += control.tile.eq(self.tile)
        load, read, write = self.load, control.read, control.write
        m.d.comb += self.closes_query.eq(control.closes_query)
        if config.key_sum:
            moving, swap, load, read, write = self._diagonal(m, platform, moving, swap, load, read, write)

        general = place(
            m,
            platform,
            "sa_general",
            SystolicArray(config.rows, config.columns, config.moving.bits, config.stationary.bits, config.partial_bits),
        )
        m.d.comb += [general.i_moving.eq(moving), general.i_swap.eq(swap)]
        loads, lasts = [], []
        for column in range(config.columns):
            feeder = place(m, platform, f"column{column}", ColumnFeeder(config))
            sums = place(m, platform, f"sums{column}", ColumnSums(geometry, config.partial_bits, config.sum_bits))
            m.d.comb += [
                feeder.v_en.eq(self.v_en[column]),
                feeder.v_address.eq(self.v_address[column]),
                feeder.v_data.eq(self.v_data[column]),
                feeder.g_w_en.eq(self.g_en[column]),
                feeder.g_w_address.eq(self.g_address),
                feeder.g_w_data.eq(self.g_data[column % config.dividers]),
                feeder.i_load.eq(load),
                general.word[column].eq(feeder.word),
                sums.partial.eq(general.sum[column]),
                sums.i_read.eq(read),
                sums.i_write.eq(write),
                sums.r_en.eq(self.r_en),
                sums.r_address.eq(self.r_address),
                self.sums[column].eq(sums.word),
            ]
            loads.append(feeder.load)
            lasts.append(feeder.load_last)
            load, read, write = feeder.o_load, sums.o_read, sums.o_write
        m.d.comb += [
            general.load.eq(Cat(*loads)),
            general.load_last.eq(Cat(*lasts)),
            self.opens.eq(write.opens),
            self.closes_key.eq(write.closes_key),
        ]
        return m

    def _rows(self, m, platform):
        """The row feeders; the left edge of the array."""
        rows = self.config.rows
        feed = self.feed
        moving = Signal(data.ArrayLayout(self.config.moving.shape, rows), name="row_moving")
        swap = Signal(rows, name="row_swap")
        for row in range(rows):
            # The first stationary word of a load goes to the bottom row, and is the tile's first: lanes count upwards.
            lane = rows - 1 - row
            feeder = place(m, platform, f"row{row}", RowFeeder(self.config))
            m.d.comb += [
                feeder.k_en.eq(self.k_en[lane]),
                feeder.k_address.eq(self.k_address),
                feeder.k_data.eq(self.k_data),
                feeder.q_en.eq(self.q_en[lane]),
                feeder.q_address.eq(self.q_address[lane]),
                feeder.q_data.eq(self.q_data[lane]),
                feeder.i_feed.eq(feed),
                moving[row].eq(feeder.moving),
                swap[row].eq(feeder.swap),
            ]
            feed = feeder.o_feed
        return moving, swap

    def _diagonal(self, m, platform, moving, swap, load, read, write):
        """SA-Diag between the rows and SA-General; what it takes on its left, one cycle later, on its right."""
        config, geometry = self.config, self.geometry
        feeder = place(m, platform, "diagonal_feeder", DiagonalFeeder(config))
        column = place(
            m,
            platform,
            "sa_diag",
            PeColumn(config.rows, config.moving.bits, config.key_residue.bits, config.diagonal_partial_bits),
        )
        sums = place(
            m, platform, "diagonal_sums", ColumnSums(geometry, config.diagonal_partial_bits, config.diagonal_bits)
        )
        following = Signal(geometry.load, name="load_following")
        m.d.sync += following.eq(load)
        m.d.comb += [
            feeder.w_en.eq(self.residue_en),
            feeder.w_address.eq(self.residue_address),
            feeder.w_data.eq(self.residue_data),
            feeder.en.eq(load.g_en),
            feeder.address.eq(self.load_residue),
            feeder.zero.eq(load.zero),
            column.i_moving.eq(moving),
            column.i_swap.eq(swap),
            column.word.eq(feeder.word),
            column.load.eq(load.valid),
            column.load_last.eq(load.last),
            sums.partial.eq(column.sum),
            sums.i_read.eq(read),
            sums.i_write.eq(write),
            sums.r_en.eq(self.diagonal_en),
            sums.r_address.eq(self.diagonal_address),
            self.diagonal.eq(sums.word),
        ]
        return column.o_moving, column.o_swap, following, sums.o_read, sums.o_write
