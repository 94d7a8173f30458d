"""One result: bias, scale, and the code of the nearest value of the job's type."""

from amaranth.hdl import Cat, Const, Module, Shape, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.ant.config import Config
from attnforge.hdl.parts.arithmetic.encoder import Encoder
from attnforge.hdl.parts.arithmetic.multiplier import StationaryMultiplier
from attnforge.hdl.parts.arithmetic.requantise import saturated
from attnforge.hdl.parts.hierarchy import place

__all__ = ["ScaleLane"]

PART_BITS = 17  # of the sum, unsigned, that an 18-bit signed DSP takes
COARSE_BITS = 3  # of the shift, in its second step


class ScaleLane(wiring.Component):
    """``(sum + bias) multiplier / 2**shift`` as a code: ``latency`` cycles, one per cycle.

    The value is cut off to half steps of the result's grid, which decides nothing, saturated, and rounded once, by the
    encoder.

    Parameters
    ----------
    config : Config

    Members
    -------
    sum, parameters : In
        A sum and what its channel has.
    o_type : In
        Keep it still from the cycle before the first sum of a job until its last code has left.
    code : Out(config.wide_bits)
        The code, in the low bits.
    """

    @staticmethod
    def cycles(config) -> int:
        """Latency for this config."""
        return StationaryMultiplier.latency + 6 + Encoder.cycles(config.codes)

    def __init__(self, config: Config):
        self.config = config
        self.latency = self.cycles(config)
        self.key = (config,)
        super().__init__(
            {
                "sum": In(Shape(config.sum_bits, True)),
                "parameters": In(config.channel_scale.layout),
                "o_type": In(range(max(2, len(config.results)))),
                "code": Out(config.wide_bits),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config = self.config

        def register(stage, name, value):
            following = Signal(Value.cast(value).shape(), name=f"s{stage}_{name}", reset_less=True)
            m.d.sync += following.eq(value)
            return following

        biased = register(1, "biased", self.sum + self.parameters.bias)
        multiplier = register(1, "multiplier", self.parameters.multiplier)
        shift = register(1, "shift", self.parameters.shift)
        # Products that fit a DSP block each, and their sum.
        if len(biased) > PART_BITS + 1:
            parts = {"low": Cat(biased[:PART_BITS], 0).as_signed(), "high": biased[PART_BITS:].as_signed()}
        else:
            parts = {"whole": biased}
        products = []
        for name, part in parts.items():
            dsp = place(m, platform, f"{name}_product", StationaryMultiplier(len(part), len(multiplier) + 1))
            m.d.comb += [dsp.moving.eq(part), dsp.stationary.eq(multiplier), dsp.swap.eq(1)]
            products.append(dsp.product)
        done = 1 + StationaryMultiplier.latency
        for stage in range(2, done + 2):
            shift = register(stage, "shift", shift)
        product = register(done + 1, "product", products[0] if len(products) == 1 else
                           products[0] + (products[1] << PART_BITS))  # fmt: skip
        coarse = register(done + 2, "coarse", (product << 1) >> Cat(Const(0, COARSE_BITS), shift[COARSE_BITS:]))
        shift = register(done + 2, "shift", shift[:COARSE_BITS])
        fine = register(done + 3, "fine", coarse >> shift)
        scaled = done + 4
        halves = register(scaled, "halves", saturated(fine, config.halves))

        code_stage = self.latency
        wide = register(scaled + 1, "wide", saturated((halves + 1) >> 1, config.wide))
        for stage in range(scaled + 2, code_stage):
            wide = register(stage, "wide", wide)
        chosen = Signal(config.wide_bits, name="chosen")
        m.d.comb += chosen.eq(wide)
        first = 0
        for forms in filter(None, (config.codes, config.bytes)):
            bits = forms[0].bits
            encoder = place(m, platform, f"encoder{bits}", Encoder(forms, config.halves, fraction_bits=1))
            tag = Signal.like(encoder.tag, name=f"tag{bits}", reset_less=True)
            m.d.sync += tag.eq(self.o_type - first)
            m.d.comb += [encoder.i_valid.eq(1), encoder.i.eq(halves), encoder.tag.eq(tag)]
            code = encoder.o
            for stage in range(scaled + 1 + encoder.latency, code_stage):
                code = register(stage, f"code{bits}", code)
            mine = Signal(name=f"is_code{bits}", reset_less=True)
            with m.Switch(self.o_type):
                with m.Case(*range(first, first + len(forms))):
                    m.d.sync += mine.eq(1)
                with m.Default():
                    m.d.sync += mine.eq(0)
            with m.If(mine):
                m.d.comb += chosen.eq(code)
            first += len(encoder.forms)
        m.d.comb += self.code.eq(register(code_stage, "code", chosen))
        return m
