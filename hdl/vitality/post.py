"""The post-processor: narrows G, and adds, divides and rounds the outputs (paper, steps 5 and 6)."""

from amaranth.hdl import Cat, Module, Mux, Shape, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.numeric import Int
from attnforge.hdl.parts.arithmetic.divider import Divider
from attnforge.hdl.parts.arithmetic.requantise import Requantise
from attnforge.hdl.parts.arithmetic.select import select
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.memory.ram import Table, address_bits
from attnforge.hdl.parts.stream.beat import StreamBuffer, StreamQueue
from attnforge.hdl.parts.stream.delay import delayed
from attnforge.hdl.vitality.array import row_delay
from attnforge.hdl.vitality.column import ColumnSums
from attnforge.hdl.vitality.config import Config
from attnforge.hdl.vitality.diagonal_scale import DiagonalScale, RowTerm
from attnforge.hdl.vitality.geometry import Geometry
from attnforge.hdl.vitality.loader import job_layout
from attnforge.hdl.vitality.pace import pace
from attnforge.hdl.vitality.tiles import TileKind, entry_layout
from attnforge.hdl.vitality.walker import Walker

__all__ = ["PostProcessor", "g_delay", "quotient_delay"]

READ = ColumnSums.read_latency


def numerator_delay(config: Config) -> int:
    """Cycles from a step of the post-processor to its numerators: to read, select, add; or to scale SA-Diag's sum."""
    if not config.key_sum:
        return READ + 2
    scaled = READ + DiagonalScale.cycles(config)
    return scaled + RowTerm.latency + 1 if config.corrects_terms else scaled


def lead(config: Config) -> int:
    """Cycles by which the read of SA-Diag goes before that of the sums, which are selected and added to."""
    return numerator_delay(config) - READ - 2


def term_lead(config: Config) -> int:
    """Cycles by which the read of SA-Diag goes before that of the value terms."""
    return lead(config) + READ - 1 - RowTerm.latency * config.corrects_terms


def g_delay(config: Config) -> int:
    """Cycles from a step of the post-processor to the write of its G."""
    return lead(config) + READ + 1 + Requantise.cycles(Int(config.sum_bits), 0)


def quotient_delay(config: Config) -> int:
    """Cycles from a step of the post-processor to its quotients."""
    return numerator_delay(config) + Divider.cycles(config.result.bits, config.serial)


class PostProcessor(wiring.Component):
    """Works through the finished tiles, ``dividers`` neighbouring columns per cycle, and never waits within a tile.

    In a serial core a step of outputs takes as many cycles as a division, in which its operands stand still.

    The sums of a key phase are narrowed to G. Those of a query phase become numerators (step 5: plus sqrt(d) vsum,
    times the row's factor) in the adder array, and quotients (step 6) in the divider array. A tile begins when its
    first sums lie in every column; the first tile of a phase also waits until the phase before has left the pipeline,
    and the first tile of outputs until the output buffer has a free bank.

    Parameters
    ----------
    config : Config

    Members
    -------
    job : In(valid, job)
        A job that the loader has taken.
    entry : In(stream)
        Tiles in the order of the array.
    opens : In(1)
    bank_free, g_ready : Out(1)
    r_en, r_address, sums, diagonal_en, diagonal_address, diagonal : Out, Out, In, Out, Out, In
    term_en, term_address, term : Out, Out, In
    g_en, g_address, g_data : Out
    space : In(1)
        The output buffer has a free bank.
    begin : Out
        ``valid`` when the outputs of a job begin; ``dropped`` when it has none. Slot and sizes.
    quotient_valid, quotients, nonpositive : Out
        To the output buffer.
    outputs_done : In(1)
        The output buffer has written the job's last output.
    """

    def __init__(self, config: Config):
        self.config = config
        self.geometry = g = Geometry(config)
        self.key = (config,)
        columns = Shape(config.sum_bits, True)
        self.term_bits = address_bits(g.term_depth)
        super().__init__(
            {
                "job": In(data.StructLayout({"valid": 1, "job": job_layout(config)})),
                "entry": In(stream.Signature(entry_layout(g))),
                "opens": In(1),
                "bank_free": Out(1),
                "g_ready": Out(1),
                "r_en": Out(1),
                "r_address": Out(g.index_bits + 1),
                "sums": In(data.ArrayLayout(columns, config.columns)),
                "diagonal_en": Out(1),
                "diagonal_address": Out(g.index_bits + 1),
                "diagonal": In(Shape(config.diagonal_bits, True)),
                "term_en": Out(1),
                "term_address": Out(self.term_bits + g.slot_bits),
                "term": In(data.ArrayLayout(Shape(config.value_term_bits, True), config.dividers)),
                "g_en": Out(config.columns),
                "g_address": Out(address_bits(2 * g.g_depth)),
                "g_data": Out(data.ArrayLayout(config.g.shape, config.dividers)),
                "space": In(1),
                "begin": Out(data.StructLayout({"valid": 1, "dropped": 1, "slot": g.slot_bits, "sizes": g.sizes})),
                "quotient_valid": Out(1),
                "quotients": Out(data.ArrayLayout(config.result.shape, config.dividers)),
                "nonpositive": Out(1),
                "outputs_done": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, g = self.config, self.geometry
        # A bank is free before its last sums are read; the next tile's first sums come later than that.
        if lead(config) >= row_delay(config):
            raise ValueError(f"sums come {row_delay(config)} cycles after a bank is free, read for {lead(config)} more")
        table = place(m, platform, "jobs", Table(job_layout(config).size, config.job_slots))
        queue = place(m, platform, "entries", StreamQueue(entry_layout(g), 4))
        head = place(m, platform, "entry_head", StreamBuffer(entry_layout(g)))
        wiring.connect(m, queue.o, head.i)
        walker = place(m, platform, "walker", Walker(config))
        job = Signal(job_layout(config), reset_less=True, name="job")
        entry = head.o.payload
        offered = job_layout(config)(table.r_data0)
        opened = Signal(range(3), name="opened")
        start, running = Signal(name="start"), Signal(name="running")
        is_g = Signal(reset_less=True, name="is_g")
        bank = Signal(name="bank")
        within = Signal(name="within")  # between two tiles of a phase
        opening = Signal(name="opening")  # the first cycle of a phase
        first, last = pace(m, running, is_g, (config.quotient_interval, 1))
        m.d.comb += [
            table.w_en.eq(self.job.valid),
            table.w_address.eq(self.job.job.slot),
            table.w_data.eq(self.job.job),
            table.r_address0.eq(entry.slot),
            queue.i.payload.eq(self.entry.payload),
            queue.i.valid.eq(self.entry.valid),
            self.entry.ready.eq(queue.i.ready),
            walker.length.eq(Mux(entry.kind == TileKind.G, offered.head_dim, offered.tokens)),
            walker.columns.eq(offered.value_dim),
            walker.advance.eq(running & last),
            self.begin.valid.eq(opening & ~is_g),
            self.begin.slot.eq(job.slot),
            self.begin.sizes.tokens.eq(job.tokens),
            self.begin.sizes.head_dim.eq(job.head_dim),
            self.begin.sizes.value_dim.eq(job.value_dim),
        ]
        m.d.sync += opening.eq(0)
        m.d.sync += opened.eq(opened + self.opens - start)
        with m.FSM(name="post"):
            with m.State("WAIT"):
                m.d.comb += walker.restart.eq(~within)
                with m.If(head.o.valid & (entry.kind == TileKind.DROP)):
                    with m.If(self.space):
                        m.next = "DROP"
                with m.Elif(head.o.valid & (opened != 0)):
                    with m.If(within | (entry.kind == TileKind.G) | self.space):
                        m.d.comb += [start.eq(1), head.o.ready.eq(1)]
                        m.next = "RUN"
                    with m.If(~within & start):
                        m.d.sync += [job.eq(offered), is_g.eq(entry.kind == TileKind.G), opening.eq(1)]
            with m.State("DROP"):
                m.d.comb += [head.o.ready.eq(1), self.bank_free.eq(1)]
                m.d.comb += [self.begin.valid.eq(1), self.begin.dropped.eq(1), self.begin.slot.eq(entry.slot)]
                m.next = "WAIT"
            with m.State("RUN"):
                m.d.comb += running.eq(1)
                with m.If(walker.tile_end & last):
                    m.d.comb += self.bank_free.eq(1)
                    m.d.sync += [bank.eq(~bank), within.eq(1)]
                    m.next = "WAIT"
                with m.If(walker.phase_end & last):
                    m.next = "DRAIN"
            with m.State("DRAIN"):
                m.d.sync += within.eq(0)
                with m.If(Mux(is_g, self.g_ready, self.outputs_done)):
                    m.next = "WAIT"

        # SA-Diag first: the way of its sums is longer.
        m.d.comb += [
            self.diagonal_en.eq(running & ~is_g),
            self.diagonal_address.eq(Cat(walker.index, bank)),
        ]
        lanes = self._numerators(m, running & ~is_g, running, walker, bank)
        self._outputs(m, platform, running & ~is_g & first, job, lanes)
        self._narrow(m, platform, running & is_g, job, lanes, opening)
        return m

    def _numerators(self, m, is_output, running, walker, bank):
        """Reads the sums of one index, selects those of a step: one per lane, ``lead + READ + 1`` cycles after it."""
        config = self.config
        lanes, columns = config.dividers, config.columns
        step = delayed(m, walker.step, lead(self.config) + READ, "step")
        m.d.comb += [
            self.r_en.eq(delayed(m, running, lead(self.config), "running", reset_less=False)),
            self.r_address.eq(delayed(m, Cat(walker.index, bank), lead(self.config), "address")),
        ]
        # A tile's groups follow each other in the table of value terms.
        tile_group = Signal(self.term_bits, reset_less=True, name="tile_group")
        group = Signal(self.term_bits, reset_less=True, name="group")
        step_now = Signal(self.term_bits, name="step_now")
        m.d.comb += [step_now.eq(walker.step), group.eq(Mux(walker.first_tile, 0, tile_group) + step_now)]
        with m.If(walker.tile_end & walker.advance):
            m.d.sync += tile_group.eq(Mux(walker.first_tile, 0, tile_group) + columns // lanes)
        at = term_lead(self.config)
        m.d.comb += [
            self.term_en.eq(delayed(m, is_output, at, "term", reset_less=False)),
            self.term_address[: self.term_bits].eq(delayed(m, group, at, "group")),
        ]
        words = []
        for lane in range(lanes):
            word = Signal(Shape(config.sum_bits, True), name=f"word{lane}", reset_less=True)
            m.d.sync += word.eq(select(step, [self.sums[column] for column in range(lane, columns, lanes)]))
            words.append(word)
        return words

    def _outputs(self, m, platform, is_output, job, words):
        """Steps 5 and 6."""
        config = self.config
        denominator, factor, nonpositive = self._row_scale(m, platform, job)
        valid = delayed(m, is_output, numerator_delay(config), "output", reset_less=False)
        kill = None
        for lane, word in enumerate(words):
            numerator = Signal(Shape(config.numerator_bits, True), name=f"numerator{lane}", reset_less=True)
            term = Signal(Shape(config.value_term_bits, True), name=f"term{lane}", reset_less=True)
            row_term = term
            if factor is not None:
                product = place(m, platform, f"row_term{lane}", RowTerm(config))
                m.d.comb += [product.term.eq(term), product.factor.eq(factor)]
                row_term = product.o
            m.d.sync += [
                term.eq(self.term[lane]),
                numerator.eq((word << config.numerator_fraction_bits) + row_term),
            ]
            divider = place(
                m,
                platform,
                f"divider{lane}",
                Divider(
                    config.numerator_bits,
                    config.denominator_bits,
                    config.result,
                    serial=config.serial,
                    steady=not config.row_denominator,
                ),
            )
            if kill is None:
                # The constant denominator has long been there.
                wait = divider.latency if config.row_denominator and not config.serial else 0
                kill = delayed(m, nonpositive, wait, "nonpositive")
                m.d.comb += [self.quotient_valid.eq(divider.o_valid), self.nonpositive.eq(kill)]
            m.d.comb += [
                divider.i_valid.eq(valid),
                divider.numerator.eq(numerator),
                divider.denominator.eq(denominator),
                self.quotients[lane].eq(Mux(kill, 0, divider.quotient)),
            ]

    def _row_scale(self, m, platform, job):
        """The row's denominator, its factor (None where value terms have none), and whether the denominator is <= 0."""
        config = self.config
        m.d.comb += self.term_address[self.term_bits :].eq(job.slot)
        scale = None
        if config.key_sum:
            scale = place(m, platform, "diagonal_scale", DiagonalScale(config))
            m.d.comb += [
                scale.diagonal.eq(self.diagonal),
                scale.base.eq(job.denominator_base if config.row_denominator else job.factor_base),
                scale.multiplier.eq(job.key_sum_multiplier),
                scale.shift.eq(job.key_sum_shift),
            ]
        if config.row_denominator:
            return scale.o, None, scale.nonpositive
        zero = Signal(name="zero_denominator", reset_less=True)
        m.d.sync += zero.eq(job.denominator_base == 0)
        return job.denominator_base, scale.o if scale else None, zero

    def _narrow(self, m, platform, is_g, job, words, opening):
        """G to the width of a stationary operand, and into the columns' buffers."""
        config, g = self.config, self.geometry
        valid = delayed(m, is_g, lead(config) + READ + 1, "g", reset_less=False)
        placed = place(m, platform, "g_walker", Walker(config))
        done = Signal(name="done")
        for lane, word in enumerate(words):
            narrow = place(
                m,
                platform,
                f"narrow{lane}",
                Requantise(Int(config.sum_bits), config.g, multiplier_bits=0, shift_bits=config.g_shift_bits),
            )
            m.d.comb += [
                narrow.i_valid.eq(valid),
                narrow.i.eq(word),
                narrow.shift.eq(job.g_shift),
                self.g_data[lane].eq(narrow.o),
            ]
            if lane == 0:
                m.d.comb += done.eq(narrow.o_valid)
        bank = Signal(name="bank")
        row, tile = Signal(len(self.g_address), name="g_row"), Signal(range(g.value_tiles + 1), name="g_tile")
        m.d.comb += [
            placed.restart.eq(opening),
            placed.columns.eq(job.value_dim),
            placed.length.eq(job.head_dim),
            placed.advance.eq(done),
            self.g_address.eq(row),
        ]
        steps = config.columns // config.dividers
        for column in range(config.columns):
            here = placed.step == column // config.dividers if steps > 1 else 1
            m.d.comb += self.g_en[column].eq(done & here)
        base = Mux(bank, g.g_depth, 0)
        with m.If(done & placed.last_step):
            m.d.sync += row.eq(row + g.value_tiles)
        with m.If(done & placed.tile_end):
            m.d.sync += [row.eq(base + tile + 1), tile.eq(tile + 1)]
        m.d.sync += self.g_ready.eq(done & placed.phase_end)
        with m.If(done & placed.phase_end):
            m.d.sync += [tile.eq(0), bank.eq(~bank), row.eq(Mux(bank, 0, g.g_depth))]
