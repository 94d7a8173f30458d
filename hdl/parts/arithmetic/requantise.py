"""The one place where a result is scaled, rounded and saturated."""

from amaranth.hdl import Cat, Const, Module, Mux, Shape, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.numeric import Int, Rounding

__all__ = ["Requantise", "exceeds", "saturated"]

PART_BITS = 17  # of the value, unsigned, that an 18-bit signed DSP takes


def saturated(value, form: Int):
    """``value`` clipped to ``form``: an expression of ``form``'s width, or narrower if the value is."""
    if not value.shape().signed:
        value = Cat(value, Const(0, 1)).as_signed()
    sign = value[-1]
    if form.signed:
        if len(value) <= form.bits:
            return value
        limit = Cat((~sign).replicate(form.bits - 1), sign)
        return Mux(exceeds(value, form), limit, value[: form.bits]).as_signed()
    magnitude = value[:-1]
    above = magnitude[form.bits :].any() if len(magnitude) > form.bits else 0
    return Mux(sign, Const(0, form.bits), Mux(above, Const(form.max, form.bits), magnitude[: form.bits]))


def exceeds(value, form: Int):
    """Whether a signed ``value`` lies outside the signed ``form``: an expression of 1 bit."""
    if len(value) <= form.bits:
        return Const(0, 1)
    top = value[form.bits - 1 :]
    return top.any() & ~top.all()


class Requantise(wiring.Component):
    """Multiply, shift right, add the rounding border, saturate: one value per cycle.

    ``latency`` is 3 cycles, 5 with a multiplier, 6 with one whose value is too wide for a DSP and is multiplied in
    parts.

    ``o = saturate(floor(i * multiplier * 2**offset / 2**shift + border / 2**border_bits))``

    Multiplier and shift are read some cycles after the value: keep them still from the first value of a job
    until its last has left. With ``per_value`` they are read with the value, and go along with it.

    Parameters
    ----------
    i_form, o_form : Int
        Signed formats of value and result.
    multiplier_bits : int
        Width of the unsigned multiplier; 0 leaves it out.
    shift_bits : int
        Width of the right shift.
    offset : int
        Static left shift.
    mode : Rounding
        ``HALF_UP``, ``HALF_EVEN`` or ``FLOOR``; not used with a border.
    border_bits : int
        Above 0: ``border`` is a port of that width, the fraction of an LSB that is added before the floor.
    per_value : bool
        Each value has its own multiplier and shift.
    tells : bool
        Adds ``o_saturated``.

    Members
    -------
    i_valid, i : In
    multiplier, shift : In
        Read with the value if ``per_value``.
    border : In(border_bits)
        Read with the value; only if ``border_bits`` is above 0.
    o_valid, o : Out
    o_saturated : Out(1)
        Only if ``tells``: the result was outside its format.
    """

    @staticmethod
    def cycles(i_form, multiplier_bits) -> int:
        """Latency for these parameters."""
        if not multiplier_bits:
            return 3
        return 5 if i_form.bits <= PART_BITS + 1 else 6

    def __init__(
        self,
        i_form,
        o_form,
        *,
        multiplier_bits,
        shift_bits,
        offset=0,
        mode=Rounding.HALF_UP,
        border_bits=0,
        per_value=False,
        tells=False,
    ):
        if not (i_form.signed and o_form.signed):
            raise ValueError(f"value and result are signed formats, not {i_form} and {o_form}")
        self.i_form = i_form
        self.o_form = o_form
        self.multiplier_bits = multiplier_bits
        self.shift_bits = shift_bits
        self.offset = offset
        self.mode = mode
        self.border_bits = border_bits
        self.per_value = per_value
        self.tells = tells
        self.latency = self.cycles(i_form, multiplier_bits)
        self.key = (i_form, o_form, multiplier_bits, shift_bits, offset, mode, border_bits, per_value, tells)
        members = {
            "i_valid": In(1),
            "i": In(i_form.shape),
            "shift": In(shift_bits),
            "o_valid": Out(1),
            "o": Out(o_form.shape),
        }
        if multiplier_bits:
            members["multiplier"] = In(multiplier_bits)
        if border_bits:
            members["border"] = In(border_bits)
        if tells:
            members["o_saturated"] = Out(1)
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        valid, value = self.i_valid, self.i
        # What goes along with the value for as long as it is read; the rest stands still at the port.
        along = {"border": self.border} if self.border_bits else {}
        if self.per_value:
            along["shift"] = self.shift
            if self.multiplier_bits:
                along["multiplier"] = self.multiplier

        def stage(name, expression):
            """Register value, valid bit and what goes along as stage ``name``."""
            nonlocal valid, value
            last_valid, valid = valid, Signal(1, name=f"{name}_valid")
            value = Signal(expression.shape(), name=f"{name}_value", reset_less=True)
            m.d.sync += [valid.eq(last_valid), value.eq(expression)]
            for field, last in along.items():
                along[field] = Signal(len(last), name=f"{name}_{field}", reset_less=True)
                m.d.sync += along[field].eq(last)

        if self.multiplier_bits:
            stage("s1", value)
            multiplier = along.pop("multiplier", self.multiplier)
            if self.i_form.bits > PART_BITS + 1:
                low = PART_BITS
                # Two products that fit a DSP each, and their sum.
                products = Cat(value[:low] * multiplier, value[low:].as_signed() * multiplier)
                stage("s2", products.as_signed())
                split = low + self.multiplier_bits
                stage("s2_sum", value[:split] + (value[split:].as_signed() << low))
            else:
                stage("s2", value * multiplier)
        # One more fraction bit than the border needs keeps the floor exact.
        guard = self.border_bits or 1
        wide = Signal(Shape(len(value) + self.offset + guard, True), name="wide")
        m.d.comb += wide.eq(value << (self.offset + guard))
        coarse = self.shift_bits // 2
        shift = along.pop("shift", self.shift)
        moved = Cat(Const(0, coarse), shift[coarse:])
        if self.per_value and coarse:
            along["shift"] = shift[:coarse]
        far = wide >> moved
        # Of what the fine shift can't bring down into the result, it is enough to know that there is something.
        kept = self.o_form.bits + guard + (1 << coarse) - 2
        if self.per_value and len(far) > kept + 1:
            above = Signal(len(far) - kept, name="above")
            m.d.comb += above.eq(far[kept:])
            along["beyond"] = above.any() & ~above.all()
            far = Cat(far[:kept], far[-1]).as_signed()
        stage("s3", far)
        fine = along.pop("shift", shift[:coarse])
        sticky = None
        if self.mode is Rounding.HALF_EVEN and not self.border_bits:
            # Every bit below the guard bit, gathered from both halves of the shift.
            lost = Signal(name="lost")
            sticky = Signal(name="s3_sticky", reset_less=True)
            m.d.comb += lost.eq(((wide >> moved) << moved)[: len(wide)].as_signed() != wide)
            m.d.sync += sticky.eq(lost)
        shifted = value >> fine
        if sticky is not None:
            exact = ((value >> fine) << fine)[: len(value)].as_signed() == value
            s4_sticky = Signal(name="s4_sticky", reset_less=True)
            m.d.sync += s4_sticky.eq(sticky | ~exact)
        stage("s4", shifted)
        if self.border_bits:
            rounded = (value + along["border"]) >> guard
        elif self.mode is Rounding.FLOOR:
            rounded = value >> guard
        elif self.mode is Rounding.HALF_UP:
            rounded = (value + 1) >> guard
        else:
            rounded = (value >> guard) + (value[0] & (s4_sticky | value[1]))
        along.pop("border", None)
        result, outside = saturated(rounded, self.o_form), exceeds(rounded, self.o_form)
        if "beyond" in along:
            beyond = along.pop("beyond")
            result = Mux(beyond, Mux(value[-1], self.o_form.min, self.o_form.max), result)
            outside = outside | beyond
        if self.tells:
            s5_saturated = Signal(name="s5_saturated", reset_less=True)
            m.d.sync += s5_saturated.eq(outside)
            m.d.comb += self.o_saturated.eq(s5_saturated)
        stage("s5", result)
        m.d.comb += [self.o_valid.eq(valid), self.o.eq(value)]
        return m
