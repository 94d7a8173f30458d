"""Sums over the tokens: the accumulator array, the mean of K with what its rounding leaves, and sqrt(d) vsum."""

from amaranth.hdl import Cat, Module, Mux, Shape, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.numeric import Int
from attnforge.hdl.parts.arithmetic.divider import Divider
from attnforge.hdl.parts.arithmetic.requantise import Requantise
from attnforge.hdl.parts.arithmetic.select import select
from attnforge.hdl.parts.arithmetic.serial_scale import SerialScale
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.memory.ram import Ram, Table, address_bits
from attnforge.hdl.vitality.config import VALUE_SHIFT_BITS, Config
from attnforge.hdl.vitality.geometry import Geometry
from attnforge.hdl.vitality.loader import job_layout
from attnforge.hdl.vitality.pace import pace

__all__ = ["TokenSums", "value_scale"]


def value_scale(config: Config) -> dict:
    """Parameters of the unit that turns vsum into the numerator's units."""
    return {
        "i_form": Int(config.column_sum_bits),
        "o_form": Int(config.value_term_bits),
        "multiplier_bits": config.multiplier_bits,
        "shift_bits": VALUE_SHIFT_BITS,
        "offset": config.value_shift_offset,
    }


class TokenSums(wiring.Component):
    """Paper, steps 1 and 3: kbar = (1/n) 1^T K, ksum = 1^T Khat, vsum = 1^T V; E features per cycle while they come in.

    When a tensor is complete its sums are scanned, one per cycle, or as fast as serial units take them. Those of K are
    divided by n: the quotient is kbar; the remainder is ksum, exactly, because 1^T Khat = 1^T K - n kbar. Those of V
    are scaled to the numerator's units (step 5).

    Parameters
    ----------
    config : Config

    Members
    -------
    current : In(job_layout(config))
        The job that is being loaded.
    sum_en, sum_value, sum_first, sum_word, sum_elements, scan_key, scan_value : In
        From the loader.
    key_scanning, value_scanning : Out(1)
        From the cycle after ``scan_...`` until the results can be read.
    mean_en, mean_address, mean : In, In, Out
        Read port of kbar, latency 1; slot and feature.
    residue_en, residue_address, residue : Out
        Write port of ksum.
    term_en, term_address, term : In, In, Out
        Read port of the value terms of ``dividers`` neighbouring columns, latency 1; slot and group.
    """

    def __init__(self, config: Config):
        self.config = config
        self.geometry = g = Geometry(config)
        self.key = (config,)
        element = config.operand.shape
        self.term_group_bits = address_bits(g.term_depth)
        super().__init__(
            {
                "current": In(job_layout(config)),
                "sum_en": In(1),
                "sum_value": In(1),
                "sum_first": In(1),
                "sum_word": In(address_bits(g.sum_words)),
                "sum_elements": In(data.ArrayLayout(element, config.elements)),
                "scan_key": In(1),
                "scan_value": In(1),
                "key_scanning": Out(1),
                "value_scanning": Out(1),
                "mean_en": In(1),
                "mean_address": In(g.feature_bits + g.slot_bits),
                "mean": Out(config.key_mean.shape),
                "residue_en": Out(1),
                "residue_address": Out(g.feature_bits + g.slot_bits),
                "residue": Out(config.key_residue.shape),
                "term_en": In(1),
                "term_address": In(self.term_group_bits + g.slot_bits),
                "term": Out(data.ArrayLayout(Shape(config.value_term_bits, True), config.dividers)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config = self.config
        sums = self._accumulate(m, platform)
        key_valid, value_valid, total = self._scan(m, sums)

        divider = place(
            m,
            platform,
            "mean_divider",
            Divider(
                config.column_sum_bits + config.mean_fraction_bits,
                config.token_bits,
                config.key_mean,
                remainder=True,
                serial=config.serial,
                steady=True,
            ),
        )
        means = place(
            m, platform, "means", Ram(config.key_mean.shape, config.job_slots << self.geometry.feature_bits, "means")
        )
        feature = self._count(m, "mean", divider.o_valid, self.current.head_dim, self.key_scanning)
        address = Cat(feature[: self.geometry.feature_bits], self.current.slot)
        m.d.comb += [
            divider.i_valid.eq(key_valid),
            divider.numerator.eq(total << config.mean_fraction_bits),
            divider.denominator.eq(self.current.tokens),
            means.w_en.eq(divider.o_valid),
            means.w_address.eq(address),
            means.w_data.eq(divider.quotient),
            means.r_en.eq(self.mean_en),
            means.r_address.eq(self.mean_address),
            self.mean.eq(means.r_data),
            self.residue_en.eq(divider.o_valid),
            self.residue_address.eq(address),
            self.residue.eq(divider.remainder),
        ]

        unit = SerialScale if config.serial else Requantise
        scale = place(m, platform, "value_scale", unit(**value_scale(config)))
        column = self._count(m, "term", scale.o_valid, self.current.value_dim, self.value_scanning)
        m.d.comb += [
            scale.i_valid.eq(value_valid),
            scale.i.eq(total),
            scale.multiplier.eq(self.current.value_multiplier),
            scale.shift.eq(self.current.value_shift),
        ]
        self._terms(m, platform, scale, column)
        return m

    def _accumulate(self, m, platform):
        """One row of adders; the sums of K and of V lie in two halves of a table."""
        config = self.config
        group = data.ArrayLayout(Shape(config.column_sum_bits, True), config.elements)
        depth = 2 << address_bits(self.geometry.sum_words)
        sums = place(m, platform, "sums", Table(group.size, depth, readers=2))
        s1_en, s1_first = Signal(name="s1_en"), Signal(reset_less=True, name="s1_first")
        s1_address = Signal(address_bits(depth), reset_less=True, name="s1_address")
        s1_elements = Signal(self.sum_elements.shape(), reset_less=True, name="s1_elements")
        m.d.sync += [
            s1_en.eq(self.sum_en),
            s1_first.eq(self.sum_first),
            s1_address.eq(Cat(self.sum_word, self.sum_value)),
            s1_elements.eq(self.sum_elements),
        ]
        so_far, following = group(sums.r_data0), Signal(group, name="following")
        m.d.comb += [
            sums.r_address0.eq(s1_address),
            sums.w_en.eq(s1_en),
            sums.w_address.eq(s1_address),
            sums.w_data.eq(following.as_value()),
        ]
        for number in range(config.elements):
            m.d.comb += following[number].eq(Mux(s1_first, 0, so_far[number]) + s1_elements[number])
        return sums

    def _scan(self, m, sums):
        """Reads the sums of a complete tensor: valid bits for K and V, and the sum, one cycle after the table."""
        config = self.config
        pending_key, pending_value = Signal(name="pending_key"), Signal(name="pending_value")
        issue, is_value = Signal(name="issue"), Signal(reset_less=True, name="is_value")
        left = Signal(range(max(config.max_head_dim, config.max_value_dim) + 1), reset_less=True, name="left")
        word = Signal(address_bits(self.geometry.sum_words), reset_less=True, name="word")
        element = Signal(range(max(2, config.elements)), reset_less=True, name="element")
        key_valid, value_valid = Signal(name="key_valid"), Signal(name="value_valid")
        total = Signal(Shape(config.column_sum_bits, True), reset_less=True, name="total")
        group = data.ArrayLayout(Shape(config.column_sum_bits, True), config.elements)(sums.r_data1)
        m.d.comb += sums.r_address1.eq(Cat(word, is_value))
        # A sum stands still while a serial unit works on it.
        first, last = pace(m, issue, is_value, (config.mean_interval, config.term_interval))
        m.d.sync += [
            key_valid.eq(issue & ~is_value & first),
            value_valid.eq(issue & is_value & first),
            total.eq(select(element, [group[k] for k in range(config.elements)])),
        ]
        with m.If(issue):
            with m.If(last):
                m.d.sync += [left.eq(left - 1), element.eq(element + 1)]
                with m.If(element == config.elements - 1):
                    m.d.sync += [element.eq(0), word.eq(word + 1)]
                with m.If(left == 1):
                    m.d.sync += issue.eq(0)
        with m.Elif(pending_key | pending_value):
            m.d.sync += [
                issue.eq(1),
                is_value.eq(~pending_key),
                left.eq(Mux(pending_key, self.current.head_dim, self.current.value_dim)),
                element.eq(0),
                word.eq(0),
            ]
            with m.If(pending_key):
                m.d.sync += pending_key.eq(0)
            with m.Else():
                m.d.sync += pending_value.eq(0)
        with m.If(self.scan_key):
            m.d.sync += [pending_key.eq(1), self.key_scanning.eq(1)]
        with m.If(self.scan_value):
            m.d.sync += [pending_value.eq(1), self.value_scanning.eq(1)]
        return key_valid, value_valid, total

    @staticmethod
    def _count(m, name, valid, length, scanning):
        """Numbers the results of a scan; the last one ends it."""
        number = Signal(len(length), name=f"{name}_number")
        with m.If(valid):
            m.d.sync += number.eq(number + 1)
            with m.If(number == length - 1):
                m.d.sync += [number.eq(0), scanning.eq(0)]
        return number

    def _terms(self, m, platform, scale, column):
        """Column v of V goes to lane v mod dividers."""
        lanes = self.config.dividers
        lane = Signal(range(max(2, lanes)), name="term_lane")
        group = Signal(self.term_group_bits, name="term_group")
        with m.If(scale.o_valid):
            m.d.sync += lane.eq(lane + 1)
            with m.If(lane == lanes - 1):
                m.d.sync += [lane.eq(0), group.eq(group + 1)]
            with m.If(column == self.current.value_dim - 1):
                m.d.sync += [lane.eq(0), group.eq(0)]
        depth = self.config.job_slots << self.term_group_bits
        for number in range(lanes):
            terms = place(m, platform, f"terms{number}", Ram(Shape(self.config.value_term_bits, True), depth, "terms"))
            m.d.comb += [
                terms.w_en.eq(scale.o_valid & (lane == number)),
                terms.w_address.eq(Cat(group, self.current.slot)),
                terms.w_data.eq(scale.o),
                terms.r_en.eq(self.term_en),
                terms.r_address.eq(self.term_address),
                self.term[number].eq(terms.r_data),
            ]
