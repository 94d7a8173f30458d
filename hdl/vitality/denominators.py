"""The denominators of the outputs (paper, step 4)."""

from amaranth.hdl import Module, Shape, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.numeric import Int
from hdl.parts.hierarchy import place
from hdl.parts.requantise import Requantise, saturated

from .config import Config

__all__ = ["Denominators"]


class Denominators(wiring.Component):
    """Step 4: n sqrt(d) + Q ksum^T in the numerator's units: ``latency`` cycles, one per cycle.

    Parameters
    ----------
    config : Config

    Members
    -------
    diagonal : In
        Q ksum^T from SA-Diag.
    base, multiplier, shift : In
        The job's constants.
    o : Out(unsigned(config.denominator_bits))
        Saturated from above.
    nonpositive : Out(1)
        The denominator is zero or less; ``o`` has no meaning.
    """

    def __init__(self, config: Config):
        self.config = config
        self.key = (config,)
        self.latency = self.cycles(config)
        super().__init__(
            {
                "diagonal": In(Shape(config.diagonal_bits, True)),
                "base": In(config.denominator_bits),
                "multiplier": In(config.multiplier_bits),
                "shift": In(6),
                "o": Out(config.denominator_bits),
                "nonpositive": Out(1),
            }
        )

    @staticmethod
    def cycles(config: Config) -> int:
        """Latency for a config: scaling, and the addition of the constant."""
        return Requantise.cycles(Int(config.diagonal_bits), config.multiplier_bits) + 1

    def elaborate(self, platform):
        m = Module()
        bits = self.config.denominator_bits
        total = Signal(Shape(bits + 2, True), name="total")
        if self.config.key_sum:
            scale = place(
                m,
                platform,
                "scale",
                Requantise(
                    Int(self.config.diagonal_bits),
                    Int(bits + 1),
                    multiplier_bits=self.config.multiplier_bits,
                    shift_bits=6,
                ),
            )
            m.d.comb += [
                scale.i_valid.eq(1),
                scale.i.eq(self.diagonal),
                scale.multiplier.eq(self.multiplier),
                scale.shift.eq(self.shift),
                total.eq(self.base + scale.o),
            ]
        else:
            m.d.comb += total.eq(self.base)
        o, nonpositive = Signal(bits, name="sum_o", reset_less=True), Signal(name="sum_nonpositive", reset_less=True)
        m.d.sync += [o.eq(saturated(total, Int(bits, signed=False))), nonpositive.eq(total <= 0)]
        m.d.comb += [self.o.eq(o), self.nonpositive.eq(nonpositive)]
        return m
