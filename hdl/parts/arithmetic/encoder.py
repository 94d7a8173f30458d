"""From an integer to the code of the nearest value of a number format."""

from amaranth.hdl import Cat, Const, Module, Mux, Shape, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.numeric import Int, SignMagnitude
from attnforge.hdl.parts.arithmetic.requantise import saturated

__all__ = ["Encoder"]


class Encoder(wiring.Component):
    """Code of the value nearest to an integer, ties to the larger value, saturating: 5 cycles, one code per cycle.

    It is 1 cycle if all formats are integers. Zero has code 0, never that of minus zero.

    What stands before it, such as a `Requantise` that rounds with ``FLOOR``, leaves one fraction bit or more: every
    midpoint between two values is a multiple of one half, so that a result is rounded once, here.

    How: in units of one half the one's complement of a negative value is a magnitude whose ties go down. The position
    of its first one names the octave; the bits below it are rounded to as many as the format has there, and a carry
    leads to the next octave.

    Parameters
    ----------
    forms : sequence of Format
        `Int`, `Flint`, `Pot` and `Float`, all of one width.
    i_form : Int
        Signed format of the value.
    fraction_bits : int
        Of the value: ``i / 2**fraction_bits`` is in units of a format's smallest step.

    Members
    -------
    i_valid : In(1)
    i : In(i_form.shape)
    tag : In
        Place of the format in ``forms``: keep it still from the first value of a job until its last has left; not read
        if there is only one.
    o_valid : Out(1)
    o : Out(bits)

    Raises
    ------
    ValueError
        Formats of several widths or none, a digit, a value that is unsigned, or one with nothing but fraction bits.
    """

    @staticmethod
    def cycles(forms) -> int:
        """Latency for these formats."""
        return 2 if all(isinstance(form, Int) for form in forms) else 5

    def __init__(self, forms, i_form, *, fraction_bits=0):
        self.forms = tuple(forms)
        if len({form.bits for form in self.forms}) != 1:
            names = ", ".join(form.name for form in self.forms) or "none"
            raise ValueError(f"the formats of an encoder have one width, not {names}")
        for form in self.forms:
            if not isinstance(form, Int | SignMagnitude):
                raise ValueError(f"an encoder has no format {form.name}")
        if not i_form.signed:
            raise ValueError(f"an encoder takes signed values, not {i_form}")
        if not 0 <= fraction_bits < i_form.bits:
            raise ValueError(f"a value of {i_form.bits} bits has 0 to {i_form.bits - 1} fraction bits, "
                             f"not {fraction_bits!r}")
        self.i_form = i_form
        self.fraction_bits = fraction_bits
        self.bits = self.forms[0].bits
        self.integers = [form for form in self.forms if isinstance(form, Int)]
        self.others = [form for form in self.forms if not isinstance(form, Int)]
        self.latency = self.cycles(self.forms)
        self.key = (self.forms, i_form, fraction_bits)
        super().__init__(
            {
                "i_valid": In(1),
                "i": In(i_form.shape),
                "tag": In(range(max(2, len(self.forms)))),
                "o_valid": Out(1),
                "o": Out(self.bits),
            }
        )

    def elaborate(self, platform):
        m = Module()
        valid = self.i_valid
        for stage in range(1, self.latency + 1):
            following = Signal(name=f"s{stage}_valid")
            m.d.sync += following.eq(valid)
            valid = following
        m.d.comb += self.o_valid.eq(valid)

        halves = Signal(Shape(self.i_form.bits + 1 - self.fraction_bits, True), name="halves")
        m.d.comb += halves.eq(self.i << 1 if self.fraction_bits == 0 else self.i >> (self.fraction_bits - 1))
        codes = {}
        if self.integers:
            integer = Signal(self.bits, name="integer")
            # Clipped before and after the rounding: a short carry chain.
            clipped = Signal(Shape(self.bits + 2, True), name="s1_clipped", reset_less=True)
            m.d.sync += clipped.eq(saturated(halves, Int(self.bits + 2)))
            rounded = (clipped + 1) >> 1
            self._by_tag(m, {form: integer.eq(saturated(rounded, form)) for form in self.integers})
            for stage in range(2, max(3, self.latency)):
                integer = _register(m, f"s{stage}_integer", integer)
            codes |= dict.fromkeys(self.integers, integer)
        if self.others:
            codes |= self._nearest(m, halves)
            code = Signal(self.bits, name="code")
            self._by_tag(m, {form: code.eq(codes[form]) for form in self.forms})
            m.d.comb += self.o.eq(_register(m, "s5_code", code))
        else:
            m.d.comb += self.o.eq(integer)
        return m

    def _by_tag(self, m, statements):
        """Of statements by format, the one that belongs to the tag."""
        with m.Switch(self.tag if len(self.forms) > 1 else Const(0, 1)):
            for tag, form in enumerate(self.forms):
                if form in statements:
                    with m.Case(tag):
                        m.d.comb += statements[form]

    def _nearest(self, m, halves):
        """Codes of the formats that are not integers, by format, after four stages."""
        most = max(bits for form in self.others for _, bits in form.octaves)
        octaves = max(len(form.octaves) for form in self.others)
        # Bit 0 is one half, bit q + 1 the octave of 2**q.
        magnitude, negative = self._fold(m, halves, octaves + 1)
        found, position, fraction = _first_one(m, magnitude, most + 1)
        lowest = (1 << len(position)) - len(magnitude)  # the position of bit 0

        half = Signal(most + 2, name="half")  # of a step in the octave, with the weights of fraction and position
        for form in self.others:
            with m.If(self._tagged(form)):
                with m.Switch(position):
                    # One half alone always becomes 1, which is a step of an octave below.
                    for octave, bits in enumerate([-1, *(bits for _, bits in form.octaves)]):
                        with m.Case(lowest + octave):
                            m.d.comb += half.eq(1 << (most - bits))
        rounded = _register(m, "s4_rounded", Cat(fraction, position) + half)
        found = _register(m, "s4_found", found)
        for stage in (2, 3, 4):
            negative = _register(m, f"s{stage}_negative", negative)
        fraction, position = rounded[: most + 1], rounded[most + 1 :]

        codes = {}
        for form in self.others:
            magnitude = Signal(form.magnitude_bits, name=f"{form.name}_magnitude")
            code, bits = form.octaves[-1]
            m.d.comb += magnitude.eq(code + (1 << bits) - 1)
            with m.Switch(position):
                for octave, (code, bits) in enumerate(form.octaves):
                    with m.Case(lowest + 1 + octave):
                        m.d.comb += magnitude.eq(code | fraction[len(fraction) - bits :])
            with m.If(~found):
                m.d.comb += magnitude.eq(0)
            codes[form] = Cat(magnitude, found & negative) if form.signed else magnitude
        return codes

    def _fold(self, m, halves, bits):
        """Magnitude of ``bits`` bits, all of them ones if it has more: that is rounded up to the maximum; and sign."""
        negative = halves[-1]
        magnitude = halves[:-1] ^ negative.replicate(len(halves) - 1)
        unsigned = Signal(name="unsigned")
        self._by_tag(m, {form: unsigned.eq(not form.signed) for form in self.forms})
        magnitude = Mux(negative & unsigned, 0, magnitude)
        magnitude = Cat(magnitude, Const(0, max(0, bits - len(magnitude))))
        magnitude = magnitude[:bits] | magnitude[bits:].any().replicate(bits)
        return _register(m, "s1_magnitude", magnitude), _register(m, "s1_negative", negative)

    def _tagged(self, form):
        return self.tag == self.forms.index(form) if len(self.forms) > 1 else Const(1)

    def _by_tag(self, m, statements):
        """Of statements by format, the one that belongs to the tag."""
        with m.Switch(self.tag if len(self.forms) > 1 else Const(0, 1)):
            for tag, form in enumerate(self.forms):
                if form in statements:
                    with m.Case(tag):
                        m.d.comb += statements[form]


def _register(m, name, value):
    """The value a cycle later."""
    register = Signal(len(value), name=name, reset_less=True)
    m.d.sync += register.eq(value)
    return register


def _first_one(m, value, fraction_bits):
    """After two stages: is there a one in the value, the position of the first, and the bits below it.

    The value is moved up step by step until its first one is on top; positions count in a value that is filled up
    below to a power of two.
    """
    steps = max(len(value) - 1, fraction_bits).bit_length()
    value = Cat(Const(0, (1 << steps) - len(value)), value)
    position = Const(0, 0)
    for step in reversed(range(steps)):
        if step == steps // 2 - 1:
            value, position = _register(m, "s2_value", value), _register(m, "s2_position", position)
        empty = Signal(name=f"empty{step}")
        moved = Signal(1 << steps, name=f"moved{step}")
        m.d.comb += [empty.eq(~value[-(1 << step) :].any()), moved.eq(Mux(empty, value << (1 << step), value))]
        value, position = moved, Cat(~empty, position)
    return (
        _register(m, "s3_found", value[-1]),
        _register(m, "s3_position", position),
        _register(m, "s3_fraction", value[-1 - fraction_bits : -1]),
    )
