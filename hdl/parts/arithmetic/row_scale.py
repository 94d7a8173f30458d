"""One over the sum of a row, as a multiplier and a shift."""

from math import ceil

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.numeric import Int
from attnforge.hdl.parts.arithmetic.divider import Divider
from attnforge.hdl.parts.hierarchy import place

__all__ = ["RowScale"]

LEVELS = 2  # of the normaliser, in a stage


class RowScale(wiring.Component):
    """``multiplier / 2**shift`` over the sum of a row, in the same form: one per cycle, or in ``interval`` cycles.

    The sum is moved up until its highest bit is that of its register; ``multiplier << sum_bits`` over that, to the
    nearest integer, ties upwards, has as many bits as the multiplier or one more, so nothing of its precision is lost.
    A sum of 0 gives a multiplier of 0, and leaves the shift as it is.

    Parameters
    ----------
    sum_bits, multiplier_bits, shift_bits : int
        Unsigned widths.
    serial : bool
        Divide with one step per cycle: small, and as slow as `Divider` says.

    Members
    -------
    i_valid, total, multiplier, shift : In
    o_valid : Out
    o_multiplier : Out(multiplier_bits + 1)
    o_shift : Out
        ``shift`` plus the bit length of the sum.
    """

    @staticmethod
    def cycles(sum_bits, multiplier_bits, serial=False) -> int:
        """Latency for these widths."""
        levels = (sum_bits - 1).bit_length()
        return max(1, ceil(levels / LEVELS)) + Divider.cycles(multiplier_bits + 2, serial)

    @staticmethod
    def spacing(multiplier_bits, serial=False) -> int:
        """Cycles from a row to the next."""
        return Divider.spacing(multiplier_bits + 2, serial)

    def __init__(self, sum_bits, multiplier_bits, shift_bits, *, serial=False):
        self.sum_bits = sum_bits
        self.multiplier_bits = multiplier_bits
        self.serial = serial
        self.latency = self.cycles(sum_bits, multiplier_bits, serial)
        self.interval = self.spacing(multiplier_bits, serial)
        self.key = (sum_bits, multiplier_bits, shift_bits, serial)
        largest = (1 << shift_bits) - 1 + sum_bits
        super().__init__(
            {
                "i_valid": In(1),
                "total": In(sum_bits),
                "multiplier": In(multiplier_bits),
                "shift": In(shift_bits),
                "o_valid": Out(1),
                "o_multiplier": Out(multiplier_bits + 1),
                "o_shift": Out(range(largest + 1)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        divider = Divider(
            self.sum_bits + self.multiplier_bits + 1,
            self.sum_bits,
            Int(self.multiplier_bits + 2),
            serial=self.serial,
        )
        divider = place(m, platform, "divider", divider)

        def register(name, value):
            signal = Signal(value.shape(), name=name, reset_less=True)
            m.d.sync += signal.eq(value)
            return signal

        # Each level moves the sum up by a power of two if nothing is in its way.
        levels = [1 << level for level in reversed(range((self.sum_bits - 1).bit_length()))]
        stages = self.latency - divider.latency
        valid, mantissa, multiplier, shift = self.i_valid, self.total, self.multiplier, self.shift
        moves = []  # from the largest on
        for stage in range(1, stages + 1):
            for distance in levels[(stage - 1) * LEVELS : stage * LEVELS]:
                move = ~mantissa[-distance:].any()
                mantissa = Mux(move, Cat(Const(0, distance), mantissa[:-distance]), mantissa)
                moves.append(move)
            last_valid, valid = valid, Signal(name=f"s{stage}_valid")
            m.d.sync += valid.eq(last_valid)
            # What the divider is given stands still until it is done.
            with m.If(last_valid):
                mantissa = register(f"s{stage}_mantissa", mantissa)
                multiplier = register(f"s{stage}_multiplier", multiplier)
                shift = register(f"s{stage}_shift", shift)
                moves = [register(f"s{stage}_moves", Cat(*moves))] if moves else []

        some = mantissa[-1]
        m.d.comb += [
            divider.i_valid.eq(valid),
            divider.numerator.eq(Mux(some, multiplier, 0) << self.sum_bits),
            divider.denominator.eq(Cat(mantissa[:-1], 1)),
            self.o_valid.eq(divider.o_valid),
            self.o_multiplier.eq(divider.quotient),
        ]
        length = self.sum_bits - Cat(*moves)[::-1]
        o_shift = shift + Mux(some, length, 0)
        for stage in range(stages + 1, stages + 2 if self.serial else self.latency + 1):
            o_shift = register(f"s{stage}_o_shift", o_shift[: len(self.o_shift)])
        m.d.comb += self.o_shift.eq(o_shift)
        return m
