"""One result: bias, scale, rounding."""

from amaranth.hdl import Module, Shape, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.dense.config import Config
from attnforge.hdl.numeric import Int
from attnforge.hdl.parts.arithmetic.requantise import Requantise
from attnforge.hdl.parts.hierarchy import place

__all__ = ["ScaleLane"]


class ScaleLane(wiring.Component):
    """``(sum + bias) multiplier / 2**shift``, rounded once: ``latency`` cycles, one per cycle.

    Parameters
    ----------
    config : Config

    Members
    -------
    sum, bias, multiplier, shift : In
    o : Out
        The result.
    """

    @staticmethod
    def cycles(config: Config) -> int:
        """Latency for this config."""
        return 1 + Requantise.cycles(Int(config.sum_bits + 1), config.scale_bits)

    def __init__(self, config: Config):
        self.config = config
        self.latency = self.cycles(config)
        self.key = (config,)
        super().__init__(
            {
                "sum": In(Shape(config.sum_bits, True)),
                "bias": In(config.channel_scale.bias.shape),
                "multiplier": In(config.scale_bits),
                "shift": In(config.scale_shift_bits),
                "o": Out(config.result.shape),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config = self.config
        biased = Int(config.sum_bits + 1)
        scale = place(
            m,
            platform,
            "scale",
            Requantise(
                biased,
                config.result,
                multiplier_bits=config.scale_bits,
                shift_bits=config.scale_shift_bits,
                per_value=True,
            ),
        )
        s1_sum = Signal(biased.shape, reset_less=True, name="s1_sum")
        s1_multiplier = Signal(config.scale_bits, reset_less=True, name="s1_multiplier")
        s1_shift = Signal(config.scale_shift_bits, reset_less=True, name="s1_shift")
        m.d.sync += [s1_sum.eq(self.sum + self.bias), s1_multiplier.eq(self.multiplier), s1_shift.eq(self.shift)]
        m.d.comb += [
            scale.i_valid.eq(1),
            scale.i.eq(s1_sum),
            scale.multiplier.eq(s1_multiplier),
            scale.shift.eq(s1_shift),
            self.o.eq(scale.o),
        ]
        return m
