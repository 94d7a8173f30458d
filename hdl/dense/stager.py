"""Walks the tiles of a phase, and loads them into the array's shadow registers."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.dense.column import ColumnFeeder
from attnforge.hdl.dense.config import Config
from attnforge.hdl.dense.control import Control
from attnforge.hdl.dense.geometry import Geometry
from attnforge.hdl.dense.row import RowFeeder
from attnforge.hdl.parts.proof import Proof
from attnforge.hdl.parts.stream.delay import delayed

__all__ = ["Stager"]


class Stager(wiring.Component):
    """Walks the tiles of one phase after the other, and loads the next tile while one streams.

    Scores: for each C keys, for each R features, the tile of K^T is stationary and the rows of Q stream. Values: for
    each C features of V, for each R keys, the tile of V is stationary and the exponentials of the scores stream. Linear
    layers: for each C channels, for each R terms, the tile of W is stationary and the rows of X stream.

    A tile is loaded in R cycles, from the cycle after the start of the one before, and offered from the last of these
    cycles on. The next phase is taken in the cycle in which the last tile of this one starts, or as soon as there is
    one. An abort takes a cycle.

    Parameters
    ----------
    config : Config

    Members
    -------
    phase, take : In(Control.phase), Out(1)
        What comes next, and that it begins.
    load : Out(Control.load)
    o : Out(stream.Signature(Control.tile))
        Loaded tiles.
    """

    def __init__(self, config: Config):
        self.config = config
        self.geometry = Geometry(config)
        control = Control(config)
        self.key = (config,)
        super().__init__(
            {
                "phase": In(control.phase),
                "take": Out(1),
                "load": Out(control.load),
                "o": Out(stream.Signature(control.tile)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, g, phase = self.config, self.geometry, self.phase
        tile = self.o.payload
        # A word goes to the array; all words of the tile at hand have
        loading = Signal(name="loading")
        loaded = Signal(name="loaded")
        registers = {name: Signal.like(tile[name], reset_less=True, name=name) for name in tile.shape().members
                     if name != "unused"}
        # The phase is the last one that reads its bank of stationary operands
        releases = Signal(reset_less=True, name="releases")
        outer_left = Signal(len(phase.outer), reset_less=True, name="outer_left")
        inner, inner_left, rows_left = (
            Signal(len(phase.inner), reset_less=True, name=name) for name in ("inner", "inner_left", "rows_left")
        )
        one_inner = Signal(reset_less=True, name="one_inner")
        row = Signal(range(max(2, config.rows)), reset_less=True, name="row")
        last_row = Signal(reset_less=True, name="last_row")
        # Of the word that goes next, of the first one of this tile of columns, and of the next one.
        address, start = (
            Signal(len(self.load.address), reset_less=True, name=name) for name in ("address", "tile_start")
        )
        next_start = Signal(len(start), name="next_start")
        element = Signal(range(max(2, config.elements)), reset_less=True, name="element")
        feed_start = Signal(len(tile.feed), reset_less=True, name="feed_start")
        used = Signal(name="used")
        last_word = Signal(name="last_word")
        phase_end = Signal(name="phase_end")
        taken = Signal(name="taken")
        free = Signal(name="free")
        columns_used = Signal(range(config.columns + 1), name="columns_used")
        macs = Signal(len(tile.macs), name="macs_so_far")
        is_key = registers["score"]
        m.d.comb += [
            last_word.eq(loading & last_row),
            phase_end.eq(registers["final"] & registers["closing"]),
            self.o.valid.eq(loaded | last_word),
            taken.eq(self.o.valid & self.o.ready),
            free.eq((~loading & ~loaded) | (taken & phase_end)),
            self.take.eq(phase.valid & free),
            used.eq(rows_left != 0),
            columns_used.eq(Mux(outer_left < config.columns, outer_left, config.columns)),
            macs.eq(registers["macs"] + Mux(loading & used, columns_used, 0)),
            next_start.eq(start + Mux(is_key, g.key_groups, 1)),
            *(tile[name].eq(register) for name, register in registers.items() if name != "macs"),
            tile.macs.eq(macs),
            tile.unused.eq(Mux(registers["final"], config.rows - inner_left, 0)),
        ]

        def begin_tile(left, is_final):
            return [
                inner_left.eq(left),
                rows_left.eq(left),
                row.eq(0),
                last_row.eq(config.rows == 1),
                registers["macs"].eq(0),
                registers["final"].eq(is_final),
            ]

        with m.If(loading):
            m.d.sync += [row.eq(row + 1), last_row.eq(row == config.rows - 2), registers["macs"].eq(macs)]
            with m.If(used):
                m.d.sync += rows_left.eq(rows_left - 1)
            with m.If(~is_key):
                m.d.sync += address.eq(address + Mux(registers["linear"], g.channel_tiles, g.value_tiles))
            with m.Elif(element == config.elements - 1):
                m.d.sync += [element.eq(0), address.eq(address + 1)]
            with m.Else():
                m.d.sync += element.eq(element + 1)
        with m.If(last_word):
            m.d.sync += [loading.eq(0), loaded.eq(1)]
        with m.If(taken):
            m.d.sync += [loaded.eq(0), loading.eq(~phase_end), registers["fresh"].eq(0)]
            with m.If(registers["final"]):
                m.d.sync += [
                    *begin_tile(inner, one_inner),
                    outer_left.eq(outer_left - config.columns),
                    registers["closing"].eq(outer_left <= 2 * config.columns),
                    registers["opening"].eq(0),
                    registers["first"].eq(1),
                    registers["feed"].eq(feed_start),
                    address.eq(next_start),
                    start.eq(next_start),
                    element.eq(0),
                ]
            with m.Else():
                m.d.sync += begin_tile(inner_left - config.rows, inner_left <= 2 * config.rows)
                m.d.sync += [registers["first"].eq(0), registers["feed"].eq(registers["feed"] + 1)]

        with m.If(self.take & ~phase.abort):
            m.d.sync += [
                *begin_tile(phase.inner, phase.one_inner),
                loading.eq(1),
                inner.eq(phase.inner),
                one_inner.eq(phase.one_inner),
                outer_left.eq(phase.outer),
                address.eq(phase.load + phase.skip),
                start.eq(phase.load + phase.skip),
                element.eq(0),
                feed_start.eq(phase.feed),
                releases.eq(phase.releases),
                registers["first"].eq(1),
                registers["opening"].eq(1),
                registers["closing"].eq(phase.one_outer),
                *(registers[name].eq(phase[name]) for name in phase.shape().members if name in registers),
            ]
        s1_abort = Signal(name="s1_abort")
        m.d.sync += s1_abort.eq(self.take & phase.abort & phase.releases)
        closes = (last_word & phase_end & releases) | s1_abort
        self._load_control(m, loading, last_word, used, is_key, address, element, closes)
        if isinstance(platform, Proof):
            platform.promises(m, self).stream("o", self.o)
        return m

    def _load_control(self, m, word, last_word, used, is_key, address, element, closes):
        """The control word of a load; see `Control.load`."""

        def late(value, cycles, name, *, reset_less=True):
            return delayed(m, value, cycles, name, reset_less=reset_less)

        first = RowFeeder.latency - ColumnFeeder.latency  # a word reaches the array as its row's operand does
        m.d.comb += [
            self.load.address.eq(late(address, first, "address")),
            self.load.k_en.eq(late(word & used & is_key, first, "k_en", reset_less=False)),
            self.load.v_en.eq(late(word & used & ~is_key, first, "v_en", reset_less=False)),
            self.load.closes.eq(late(closes, first, "closes", reset_less=False)),
            self.load.element.eq(late(element, first + 2, "element")),
            self.load.is_key.eq(late(is_key, first + 3, "is_key")),
            self.load.zero.eq(late(~used, first + 3, "zero")),
            self.load.valid.eq(late(word, first + 4, "valid", reset_less=False)),
            self.load.last.eq(late(last_word, first + 4, "last", reset_less=False)),
        ]
