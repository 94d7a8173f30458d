"""The array with all that lies at its edges: from addresses to sums in the buffer."""

from amaranth.hdl import Const, Module, Shape, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.ant.array import TypeFusionArray
from attnforge.hdl.ant.config import CODE_BITS, Config
from attnforge.hdl.ant.edges import ColumnLane, RowLane
from attnforge.hdl.ant.geometry import Geometry
from attnforge.hdl.ant.pe import element_latency
from attnforge.hdl.ant.shape import PeShape
from attnforge.hdl.ant.sums import DrainControl, SumLanes
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.memory.ram import address_bits

__all__ = ["Engine", "complete_delay", "load_delay"]


def load_delay() -> int:
    """Cycles by which a weight's address is behind its activation's."""
    return RowLane.latency - ColumnLane.latency


def drain_delay(config: Config) -> int:
    """Cycles from the address of a tile's last activation to its first sum."""
    return RowLane.latency + element_latency(PeShape.of(config))


def complete_delay(config: Config) -> int:
    """Cycles from the address of a tile's last activation, with one row, to ``complete``."""
    return drain_delay(config) + (config.columns + 1) // 2 - 1 + SumLanes.latency


class Engine(wiring.Component):
    """Row lanes, column lanes, the array and the sums' buffers. All control travels with the data.

    Parameters
    ----------
    config : Config

    Members
    -------
    a_en, a_address, a_data : In
        A beat of A; ``a_en`` has a bit per row lane.
    w_en, w_address, w_data : In, ``columns`` of each
    feed, load, tile : In
        From the sequencer.
    r_en, r_address, sums : In, In, Out
        Sums of all columns of one row, `SumLanes.read_latency` cycles after the address.
    a_free, w_free : Out(1)
        A bank of A, of W, is read to its end.
    complete : Out(1)
        A block's last sum is written in this cycle.
    """

    def __init__(self, config: Config):
        self.config = config
        self.geometry = g = Geometry(config)
        self.key = (config,)
        super().__init__(
            {
                "a_en": In(config.rows),
                "a_address": In(address_bits(2 * g.row_words)),
                "a_data": In(data.ArrayLayout(CODE_BITS, config.nibbles)),
                "w_en": In(config.columns),
                "w_address": In(data.ArrayLayout(address_bits(2 * g.weight_depth), config.columns)),
                "w_data": In(data.ArrayLayout(CODE_BITS, config.columns)),
                "feed": In(g.feed),
                "load": In(g.load),
                "tile": In(g.tile),
                "r_en": In(1),
                "r_address": In(address_bits(config.sum_banks * g.sum_depth)),
                "sums": Out(data.ArrayLayout(Shape(config.sum_bits, True), config.columns)),
                "a_free": Out(1),
                "w_free": Out(1),
                "complete": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, g = self.config, self.geometry
        array = place(m, platform, "array", TypeFusionArray(config.rows, config.columns, PeShape.of(config)))
        a = Signal(data.ArrayLayout(PeShape.of(config).a.layout, config.rows), name="row_a")
        first, last = Signal(config.rows, name="row_first"), Signal(config.rows, name="row_last")
        m.d.comb += [array.a.eq(a), array.first.eq(first), array.last.eq(last)]
        feed = self.feed
        for row in range(config.rows):
            lane = place(m, platform, f"row{row}", RowLane(config))
            m.d.comb += [
                lane.high.eq(Const(row % 2, 1)),
                lane.w_en.eq(self.a_en[row]),
                lane.w_address.eq(self.a_address),
                lane.w_data.eq(self.a_data),
                lane.i_feed.eq(feed),
                a[row].eq(lane.a),
                first[row].eq(lane.first),
                last[row].eq(lane.last),
            ]
            feed = lane.o_feed
        m.d.comb += self.a_free.eq(feed.closes)

        control = place(m, platform, "drain_control", DrainControl(config, drain_delay(config)))
        m.d.comb += control.tile.eq(self.tile)
        load, drain = self.load, control.o
        for start in range(0, config.columns, 2):
            count = min(2, config.columns - start)
            lanes = place(m, platform, f"sums{start}", SumLanes(config, count))
            m.d.comb += [lanes.i_drain.eq(drain), lanes.r_en.eq(self.r_en), lanes.r_address.eq(self.r_address)]
            for number in range(count):
                column = start + number
                lane = place(m, platform, f"column{column}", ColumnLane(config))
                m.d.comb += [
                    lane.high.eq(Const(number, 1)),
                    lane.w_en.eq(self.w_en[column]),
                    lane.w_address.eq(self.w_address[column]),
                    lane.w_data.eq(self.w_data[column]),
                    lane.load.eq(load),
                    array.w[column].eq(lane.w),
                    lanes.sum[number].eq(array.sum[column]),
                    self.sums[column].eq(lanes.word[number]),
                ]
            following = Signal(g.load, name=f"load{start + 2}")
            m.d.sync += following.eq(load)
            load, drain = following, lanes.o_drain
        # The last lanes pass on what they take a cycle later, when it is halfway to the memory.
        closes = Signal(name="closes")
        m.d.sync += closes.eq(drain.valid & drain.closes)
        m.d.comb += [self.w_free.eq(load.closes), self.complete.eq(closes)]
        return m
