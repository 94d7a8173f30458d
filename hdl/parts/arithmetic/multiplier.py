"""A PE's multiplier: one behaviour, three bodies."""

from amaranth.hdl import ClockSignal, Const, Instance, Module, Shape, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.parts.vendor.ice40 import MAC_BITS, held_product

__all__ = ["StationaryMultiplier"]

DSP_BITS = 18


class StationaryMultiplier(wiring.Component):
    """Signed product of a moving and a stationary operand: 4 cycles, one product per cycle.

    The stationary operand is taken when ``swap`` is high, together with the moving one of the same cycle, and held. On
    the ``ecp5`` target, for operands of up to 18 bits, the body is a MULT18X18D with its own three registers, which
    yosys does not put into an inferred one, and one behind it. On ``ice40``, up to 16 bits, it is an SB_MAC16 with all
    four, for ``synth_ice40`` without ``-dsp``: see `attnforge.fpga.flow.synthesis`. Every other body is inferred.

    Parameters
    ----------
    moving_bits, stationary_bits : int

    Members
    -------
    moving, stationary : In
    swap : In(1)
    product : Out(moving_bits + stationary_bits)
    """

    latency = 4

    def __init__(self, moving_bits, stationary_bits):
        self.moving_bits = moving_bits
        self.stationary_bits = stationary_bits
        self.key = (moving_bits, stationary_bits)
        super().__init__(
            {
                "moving": In(Shape(moving_bits, True)),
                "stationary": In(Shape(stationary_bits, True)),
                "swap": In(1),
                "product": Out(Shape(moving_bits + stationary_bits, True)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        target = platform.name if platform is not None else None
        widest = max(self.moving_bits, self.stationary_bits)
        if target == "ice40" and widest <= MAC_BITS:
            m.d.comb += self.product.eq(held_product(m, "dsp", self.moving, self.stationary, self.swap))
            return m
        product = Signal.like(self.product, name="s4_product", reset_less=True)
        inner = self._dsp(m) if target == "ecp5" and widest <= DSP_BITS else self._inferred(m)
        m.d.sync += product.eq(inner)  # the way out of a DSP block is long
        m.d.comb += self.product.eq(product)
        return m

    def _inferred(self, m):
        moving = Signal.like(self.moving, name="s1_moving", reset_less=True)
        stationary = Signal.like(self.stationary, name="s1_stationary", reset_less=True)
        product = Signal.like(self.product, name="s2_product", reset_less=True)
        result = Signal.like(self.product, name="s3_product", reset_less=True)
        m.d.sync += [moving.eq(self.moving), product.eq(moving * stationary), result.eq(product)]
        with m.If(self.swap):
            m.d.sync += stationary.eq(self.stationary)
        return result

    def _dsp(self, m):
        result = Signal.like(self.product, name="s3_product")
        moving = Signal(Shape(DSP_BITS, True), name="moving_18")
        stationary = Signal(Shape(DSP_BITS, True), name="stationary_18")
        m.d.comb += [moving.eq(self.moving), stationary.eq(self.stationary)]
        parameters = {"p_SOURCEB_MODE": "B_SHIFT", "p_MULT_BYPASS": "DISABLED", "p_RESETMODE": "SYNC"}
        parameters |= {"p_GSR": "DISABLED", "p_CLK0_DIV": "ENABLED"}
        for register, enable in (("INPUTA", "CE0"), ("INPUTB", "CE1"), ("PIPELINE", "CE0"), ("OUTPUT", "CE0")):
            parameters |= {
                f"p_REG_{register}_CLK": "CLK0",
                f"p_REG_{register}_CE": enable,
                f"p_REG_{register}_RST": "RST0",
            }
        ports = {"i_CLK0": ClockSignal(), "i_CE0": Const(1), "i_CE1": self.swap, "i_RST0": Const(0)}
        ports |= {"i_SIGNEDA": Const(1), "i_SIGNEDB": Const(1), "i_SOURCEA": Const(0), "i_SOURCEB": Const(0)}
        for bit in range(DSP_BITS):
            ports |= {f"i_A{bit}": moving[bit], f"i_B{bit}": stationary[bit]}
        for bit in range(len(result)):
            ports[f"o_P{bit}"] = result[bit]
        m.submodules.dsp = Instance("MULT18X18D", **parameters, **ports)
        return result
