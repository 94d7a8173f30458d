"""Which tile comes next, and its load into the array's shadow registers."""

from amaranth.hdl import Array, Cat, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.memory.ram import Table
from attnforge.hdl.parts.proof import Proof
from attnforge.hdl.vitality.config import Config
from attnforge.hdl.vitality.geometry import Geometry
from attnforge.hdl.vitality.tiles import Ready, TileKind, tile_layout

__all__ = ["Stager"]


class Stager(wiring.Component):
    """Walks the tiles of both phases of every job, and loads the next tile while one streams (paper, section IV).

    The key phase is Khat^T V: for each C columns of V, for each R tokens, the tile of V is stationary and d features
    stream. The query phase is Q G: for each C columns of G, for each R features, the tile of G is stationary and n
    tokens stream.

    The key phase of the next job goes before the query phase of this one if its operands are there when the choice is
    made, so that the array does not wait for G to come back from the post-processor. At most two jobs are between their
    phases: G has two banks.

    A tile is loaded in R cycles, from the cycle after the start of the one before; a new phase takes two more, to be
    chosen and to begin. The tile is offered from the last of these cycles on.

    Parameters
    ----------
    config : Config

    Members
    -------
    job : In
        A job that the loader has taken: slot and sizes.
    key_value, query : In(Ready)
        K and V of the next job, with the mean of K, are complete; Q is, with the sum of V.
    g_ready : In(1)
        The post-processor has written all of a job's G.
    key_bank, query_bank : In(1)
    key_next, query_next : Out(1)
        Bank of the operand buffers to read; a phase that reads it begins.
    load, load_residue : Out
        To the array.
    o : Out(stream.Signature(tile_layout))
        Loaded tiles.
    """

    def __init__(self, config: Config):
        self.config = config
        self.geometry = g = Geometry(config)
        self.key = (config,)
        super().__init__(
            {
                "job": In(data.StructLayout({"valid": 1, "slot": g.slot_bits, "sizes": g.sizes})),
                "key_value": In(Ready),
                "query": In(Ready),
                "g_ready": In(1),
                "key_bank": In(1),
                "query_bank": In(1),
                "key_next": Out(1),
                "query_next": Out(1),
                "load": Out(g.load),
                "load_residue": Out(g.feature_bits + g.slot_bits),
                "o": Out(stream.Signature(tile_layout(g))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, g = self.config, self.geometry
        jobs = place(m, platform, "jobs", Table(g.sizes.size, config.job_slots))
        sizes = g.sizes(jobs.r_data0)
        m.d.comb += [jobs.w_en.eq(self.job.valid), jobs.w_address.eq(self.job.slot), jobs.w_data.eq(self.job.sizes)]

        choice = self._choice(m)

        tile = self.o.payload
        registers = {name: Signal.like(tile[name], reset_less=True, name=name) for name in tile_layout(g).members
                     if name != "unused"}
        slot, kind = registers["slot"], registers["kind"]
        final, last_columns = registers["final"], Signal(reset_less=True, name="last_columns")
        m.d.comb += jobs.r_address0.eq(slot)
        inner, inner_left, rows_left = (
            Signal(len(tile.length), reset_less=True, name=name) for name in ("inner", "inner_left", "rows_left")
        )
        columns_left = Signal(len(sizes.value_dim), reset_less=True, name="columns_left")
        row = Signal(range(max(2, config.rows)), reset_less=True, name="row")
        address, next_columns = (
            Signal(g.load_bits, reset_less=True, name=name) for name in ("address", "next_columns")
        )
        feed_start = Signal(g.feed_bits, reset_less=True, name="feed_start")
        feature = Signal(g.feature_bits, reset_less=True, name="feature")

        word, last_word, used = Signal(name="word"), Signal(name="last_word"), Signal(name="used")
        columns_used = Signal(range(config.columns + 1), name="columns_used")
        macs = Signal.like(tile.macs, name="macs_so_far")
        is_key = kind == TileKind.G
        m.d.comb += [
            last_word.eq(word & (row == config.rows - 1)),
            used.eq(rows_left != 0),
            columns_used.eq(Mux(columns_left < config.columns, columns_left, config.columns)),
            macs.eq(registers["macs"] + Mux(word & used, columns_used, 0)),
            tile.kind.eq(kind),
            tile.slot.eq(slot),
            tile.length.eq(registers["length"]),
            tile.feed.eq(registers["feed"]),
            tile.unused.eq(Mux(final, config.rows - inner_left, 0)),
            tile.first.eq(registers["first"]),
            tile.final.eq(final),
            tile.opening.eq(registers["opening"]),
            tile.closing.eq(final & last_columns),
            tile.macs.eq(macs),
        ]

        def begin_tile(left, is_final):
            return [
                inner_left.eq(left),
                rows_left.eq(left),
                row.eq(0),
                registers["macs"].eq(0),
                final.eq(is_final),
            ]

        def advance():
            """On to the next tile once this one is taken."""
            with m.If(self.o.ready):
                m.d.sync += registers["opening"].eq(0)
                m.next = "LOAD"
                with m.If(tile.closing):
                    m.next = "CHOOSE"
                with m.Elif(tile.final):
                    m.d.sync += [
                        *begin_tile(inner, inner <= config.rows),
                        columns_left.eq(columns_left - config.columns),
                        last_columns.eq(columns_left <= 2 * config.columns),
                        address.eq(next_columns),
                        next_columns.eq(next_columns + 1),
                        registers["feed"].eq(feed_start),
                        registers["first"].eq(1),
                        feature.eq(0),
                    ]
                with m.Else():
                    m.d.sync += begin_tile(inner_left - config.rows, inner_left <= 2 * config.rows)
                    m.d.sync += registers["feed"].eq(registers["feed"] + Mux(is_key, g.key_groups, 1))
                    m.d.sync += registers["first"].eq(0)

        def begin_phase(length, reduction, load_base, feed_base):
            m.d.sync += [
                *begin_tile(reduction, reduction <= config.rows),
                registers["length"].eq(length),
                inner.eq(reduction),
                address.eq(load_base),
                next_columns.eq(load_base + 1),
                registers["feed"].eq(feed_base),
                feed_start.eq(feed_base),
            ]

        with m.FSM(name="stager"):
            with m.State("CHOOSE"):
                with m.If(choice.key_ok):
                    m.d.comb += choice.take_key.eq(1)
                    m.d.sync += [kind.eq(TileKind.G), slot.eq(choice.key_slot)]
                    m.next = "BEGIN"
                with m.Elif(choice.query_ok):
                    m.d.comb += choice.take_query.eq(1)
                    m.d.sync += [kind.eq(TileKind.OUTPUT), slot.eq(choice.query_slot)]
                    m.next = "BEGIN"
            with m.State("BEGIN"):
                m.d.sync += [
                    columns_left.eq(sizes.value_dim),
                    last_columns.eq(sizes.value_dim <= config.columns),
                    registers["first"].eq(1),
                    registers["opening"].eq(1),
                    feature.eq(0),
                ]
                m.next = "LOAD"
                with m.If(is_key):
                    begin_phase(
                        sizes.head_dim,
                        sizes.tokens,
                        Mux(self.key_bank, g.value_depth, 0),
                        Mux(self.key_bank, g.key_depth, 0),
                    )
                    m.d.comb += self.key_next.eq(~choice.bad_keys[slot])
                    with m.If(choice.bad_keys[slot]):
                        m.next = "CHOOSE"
                with m.Else():
                    begin_phase(
                        sizes.tokens,
                        sizes.head_dim,
                        Mux(choice.g_bank, g.g_depth, 0),
                        Mux(self.query_bank, g.query_depth, 0),
                    )
                    m.d.comb += choice.take_g.eq(~choice.bad_keys[slot])
                    m.d.comb += self.query_next.eq(~choice.bad_queries[slot])
                    with m.If(choice.bad_queries[slot]):
                        m.d.sync += [kind.eq(TileKind.DROP), last_columns.eq(1), final.eq(1)]
                        m.next = "LOADED"
            with m.State("LOAD"):
                m.d.comb += [word.eq(1), self.o.valid.eq(last_word)]
                m.d.sync += [
                    row.eq(row + 1),
                    address.eq(address + g.value_tiles),
                    feature.eq(feature + 1),
                    registers["macs"].eq(macs),
                ]
                with m.If(used):
                    m.d.sync += rows_left.eq(rows_left - 1)
                with m.If(last_word):
                    m.next = "LOADED"
                    advance()
            with m.State("LOADED"):
                m.d.comb += self.o.valid.eq(1)
                advance()

        self._load_control(m, word, last_word, used, is_key, address, Cat(feature, slot))
        if isinstance(platform, Proof):
            platform.promises(m, self).stream("o", self.o)
        return m

    def _choice(self, m):
        """Counts what has arrived, and says which phase could begin."""
        slots = self.config.job_slots

        class Choice:
            """Signals of the choice."""

        c = Choice()
        c.take_key, c.take_query = Signal(name="take_key"), Signal(name="take_query")
        c.take_g = Signal(name="take_g")

        def counter(name, most, up, down):
            count = Signal(range(most + 1), name=name)
            m.d.sync += count.eq(count + up - down)
            return count

        def ring(name, step):
            slot = Signal(self.geometry.slot_bits, name=name)
            with m.If(step):
                m.d.sync += slot.eq(Mux(slot == slots - 1, 0, slot + 1))
            return slot

        def bad_flags(name, ready):
            flags = [Signal(name=f"bad_{name}{number}") for number in range(slots)]
            arrival = ring(f"{name}_arrival", ready.valid)
            with m.If(ready.valid):
                m.d.sync += Array(flags)[arrival].eq(ready.bad)
            return Array(flags)

        keys = counter("keys", slots, self.key_value.valid, c.take_key)
        queries = counter("queries", slots, self.query.valid, c.take_query)
        between = counter("between", 2, c.take_key, c.take_query)
        g_jobs = counter("g_jobs", 2, self.g_ready, c.take_g)
        c.key_slot, c.query_slot = ring("key_slot", c.take_key), ring("query_slot", c.take_query)
        c.bad_keys, c.bad_queries = bad_flags("key", self.key_value), bad_flags("query", self.query)
        c.g_bank = Signal(name="g_bank")
        c.key_ok, c.query_ok = Signal(name="key_ok"), Signal(name="query_ok")
        without_g = c.bad_keys[c.query_slot]
        m.d.comb += [
            c.key_ok.eq((keys != 0) & (between != 2)),
            c.query_ok.eq((between != 0) & (queries != 0) & ((g_jobs != 0) | without_g)),
        ]
        m.d.sync += c.g_bank.eq(c.g_bank ^ c.take_g)
        return c

    def _load_control(self, m, word, last_word, used, is_key, address, residue):
        """The control word of a load; see `Geometry.load`."""
        s2_zero = Signal(name="s2_zero")
        zero, valid, last = (Signal(name=f"s1_{name}") for name in ("zero", "valid", "last"))
        m.d.sync += [
            self.load.address.eq(address),
            self.load.value_en.eq(word & used & is_key),
            self.load.g_en.eq(word & used & ~is_key),
            self.load_residue.eq(residue),
            zero.eq(~used),
            valid.eq(word),
            last.eq(last_word),
            s2_zero.eq(zero),
            self.load.zero.eq(s2_zero),
        ]
        for number in (2, 3):
            following = [Signal(name=f"s{number}_{name}") for name in ("valid", "last")]
            m.d.sync += [following[0].eq(valid), following[1].eq(last)]
            valid, last = following
        m.d.sync += [self.load.valid.eq(valid), self.load.last.eq(last)]
        return residue
