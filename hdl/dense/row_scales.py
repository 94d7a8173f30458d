"""What the results of a head's rows are multiplied with: one over the row's sum."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.dense.config import Config
from attnforge.hdl.dense.geometry import RESULT_BANKS, Geometry
from attnforge.hdl.parts.arithmetic.channel_scale import SHIFT_BITS
from attnforge.hdl.parts.arithmetic.row_scale import RowScale
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.memory.ram import Table
from attnforge.hdl.parts.stream.beat import StreamQueue

__all__ = ["RowScales", "scales_ready"]


def scales_ready(config: Config, rows: int, first_sum: int, free: int) -> tuple[int, int]:
    """First cycle in which a block is told, and in which the divider is free again.

    Parameters
    ----------
    config : Config
    rows : int
        Of the block; their sums come one per cycle.
    first_sum : int
        Cycle of the first of them.
    free : int
        First cycle in which a serial divider is free.
    """
    interval = RowScale.spacing(config.multiplier_bits, config.serial)
    first = max(first_sum + StreamQueue.latency, free) if config.serial else first_sum
    last = first + (rows - 1) * interval
    return last + latency(config) + 1, last + interval


def latency(config: Config) -> int:
    """Cycles from a sum, or from its turn in a serial core, to its scale."""
    return config.serial + RowScale.cycles(config.row_sum_bits, config.multiplier_bits, config.serial)


class RowScales(wiring.Component):
    """Turns the sums of a block's rows into their scales, and keeps those of two blocks.

    A block is told ``latency + 1`` cycles after its last sum. In a serial core a sum has to wait for its turn, a cycle
    or until the one before has been divided by, which takes ``interval`` cycles: see `scales_ready`.

    Parameters
    ----------
    config : Config

    Members
    -------
    begin : In
        ``valid`` for each block of a head, in order, before its first sum: multiplier and shift of its job.
    row_sum : In(Geometry.row_sum)
    block : Out(stream)
        All rows of a block are scaled; how many of them see no key.
    r_address, multiplier, shift : In, Out, Out
        Row and bank, 0 and 1 in turn: the row's scale, in the same cycle.
    """

    def __init__(self, config: Config):
        self.config = config
        self.geometry = g = Geometry(config)
        self.key = (config,)
        self.latency = latency(config)
        self.interval = RowScale.spacing(config.multiplier_bits, config.serial)
        super().__init__(
            {
                "begin": In(
                    data.StructLayout({"valid": 1, "multiplier": config.multiplier_bits, "shift": SHIFT_BITS})
                ),
                "row_sum": In(g.row_sum),
                "block": Out(stream.Signature(g.rows_bits)),
                "r_address": In(g.index_bits + 1),
                "multiplier": Out(config.scale_bits),
                "shift": Out(config.scale_shift_bits),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, g = self.config, self.geometry
        scale = place(
            m,
            platform,
            "scale",
            RowScale(config.row_sum_bits, config.multiplier_bits, SHIFT_BITS, serial=config.serial),
        )
        job = data.StructLayout({"multiplier": config.multiplier_bits, "shift": SHIFT_BITS})
        jobs = place(m, platform, "jobs", StreamQueue(job, RESULT_BANKS))
        masked_rows = place(m, platform, "masked_rows", StreamQueue(g.rows_bits, RESULT_BANKS))

        valid, total, last = self._sums(m, platform, scale)
        masked = Signal(g.rows_bits, name="masked")
        masked_now = Signal(g.rows_bits, name="masked_now")
        m.d.comb += [
            jobs.i.valid.eq(self.begin.valid),
            jobs.i.payload.multiplier.eq(self.begin.multiplier),
            jobs.i.payload.shift.eq(self.begin.shift),
            jobs.o.ready.eq(valid & last),
            scale.i_valid.eq(valid),
            scale.total.eq(total),
            scale.multiplier.eq(jobs.o.payload.multiplier),
            scale.shift.eq(jobs.o.payload.shift),
            masked_now.eq(masked + (total == 0)),
            masked_rows.i.valid.eq(valid & last),
            masked_rows.i.payload.eq(masked_now),
        ]
        with m.If(valid):
            m.d.sync += masked.eq(Mux(last, 0, masked_now))

        # Scales come in the order of the sums.
        closes = last
        for number in range(scale.latency):
            following = Signal(name=f"s{number + 1}_last", reset_less=True)
            m.d.sync += following.eq(closes)
            closes = following
        table = place(
            m,
            platform,
            "table",
            Table(data.StructLayout({"multiplier": config.scale_bits, "shift": config.scale_shift_bits}).size,
                  2 << g.index_bits),
        )
        index, bank = Signal(g.index_bits, name="index"), Signal(name="bank")
        blocks = Signal(range(RESULT_BANKS + 1), name="blocks")
        with m.If(scale.o_valid):
            m.d.sync += [index.eq(Mux(closes, 0, index + 1)), bank.eq(bank ^ closes)]
        m.d.sync += blocks.eq(blocks + (scale.o_valid & closes) - (self.block.valid & self.block.ready))
        m.d.comb += [
            table.w_en.eq(scale.o_valid),
            table.w_address.eq(Cat(index, bank)),
            table.w_data.eq(Cat(scale.o_multiplier, scale.o_shift)),
            table.r_address0.eq(self.r_address),
            Cat(self.multiplier, self.shift).eq(table.r_data0),
            self.block.valid.eq(blocks != 0),
            self.block.payload.eq(masked_rows.o.payload),
            masked_rows.o.ready.eq(self.block.valid & self.block.ready),
        ]
        return m

    def _sums(self, m, platform, scale):
        """The sum that is divided by now."""
        if not self.config.serial:
            return self.row_sum.valid, self.row_sum.total, self.row_sum.last
        layout = data.StructLayout({"total": self.config.row_sum_bits, "last": 1})
        sums = place(m, platform, "sums", StreamQueue(layout, RESULT_BANKS * self.config.most_rows))
        wait = Signal(range(scale.interval), name="wait")
        m.d.comb += [
            sums.i.valid.eq(self.row_sum.valid),
            sums.i.payload.total.eq(self.row_sum.total),
            sums.i.payload.last.eq(self.row_sum.last),
            sums.o.ready.eq(wait == 0),
        ]
        s1_valid, s1_sum = Signal(name="s1_valid"), Signal(layout, name="s1_sum", reset_less=True)
        m.d.sync += [s1_valid.eq(sums.o.valid & sums.o.ready), s1_sum.eq(sums.o.payload)]
        with m.If(sums.o.valid & sums.o.ready):
            m.d.sync += wait.eq(scale.interval - 1)
        with m.Elif(wait != 0):
            m.d.sync += wait.eq(wait - 1)
        return s1_valid, s1_sum.total, s1_sum.last
