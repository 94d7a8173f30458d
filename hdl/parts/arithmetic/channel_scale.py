"""What scales the sums of a matrix product channel by channel: how it comes in a stream, is stored and is read."""

from dataclasses import dataclass

import numpy as np
from amaranth.hdl import Shape
from amaranth.lib import data

from attnforge.hdl.contract.design import Segment
from attnforge.hdl.numeric import Int, fixed_multiplier

__all__ = ["PARAMETER", "PARAMETER_BYTES", "SHIFT_BITS", "ChannelScale"]

PARAMETER = Int(32)
"""A word of a channel's row in the operand stream: multiplier, right shift, bias."""
PARAMETER_BYTES = 12
SHIFT_BITS = 6
LARGEST_SHIFT = (1 << SHIFT_BITS) - 1


@dataclass(frozen=True)
class ChannelScale:
    """``(sum + bias) multiplier / 2**shift``, each channel (column of W) with three parameters of its own.

    Parameters
    ----------
    multiplier_bits : int
        Width of the multiplier, unsigned.
    bias_bits : int
        Width of the bias, signed, in units of the sum.
    """

    multiplier_bits: int
    bias_bits: int

    @property
    def bias(self) -> Int:
        """Format of the bias."""
        return Int(self.bias_bits)

    @property
    def layout(self) -> data.StructLayout:
        """A channel's parameters as the core keeps them: the low bits of each word."""
        return data.StructLayout(
            {"multiplier": self.multiplier_bits, "shift": SHIFT_BITS, "bias": Shape(self.bias_bits, True)}
        )

    @staticmethod
    def segment(channels: int) -> Segment:
        """The parameters of ``channels`` channels in the operand stream, a row each."""
        return Segment("parameters", (channels, 3), PARAMETER)

    def words(self, row) -> dict:
        """The words of a channel's row of ``PARAMETER_BYTES`` in gates, by the names of `layout`."""
        names = self.layout.members
        return {name: row[at * PARAMETER.bits :][: PARAMETER.bits] for at, name in enumerate(names)}

    def read(self, parameters) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Multiplier, shift and bias of every channel, from words (n, 3); bits that are not kept are not read."""
        words = np.asarray(parameters, np.int64)
        multiplier = words[:, 0] & ((1 << self.multiplier_bits) - 1)
        shift = words[:, 1] & LARGEST_SHIFT
        bias = self.bias.decode(words[:, 2] & ((1 << self.bias_bits) - 1))[0]
        return multiplier, shift, bias

    def bias_room(self, units, bias, weights) -> np.ndarray:
        """What to multiply the scale of each channel's weights with, so that the bias fits its field; mostly 1.

        Where the weights of a channel are far smaller than its bias they get fewer codes; what these lose is small
        beside the bias. Weights that are all zero have any scale, so the bias takes all of its field.

        Parameters
        ----------
        units : float array (n,)
            Value of one step of each channel's sum, for scales that suit the weights alone.
        bias : float array (n,)
            What is added to the sums, as a value.
        weights : array (k, n)
        """
        least = np.abs(bias) / self.bias.max  # value of a step with which the bias just fits
        free = ~np.any(weights, axis=0) & (least > 0)
        return np.where(free, least, np.maximum(units, least)) / units

    def steps(self, bias, units) -> np.ndarray:
        """The bias in steps of its channel's sum, to the nearest integer; int64 (n,).

        Raises
        ------
        ValueError
            A bias that does not fit its field; `bias_room` makes room for it.
        """
        steps = np.floor(np.asarray(bias, np.float64) / units + 0.5)
        wrong = np.flatnonzero(~((steps >= self.bias.min) & (steps <= self.bias.max)))
        if wrong.size:
            at = int(wrong[0])
            raise ValueError(
                f"bias[{at}] must be within {self.bias.min} to {self.bias.max} steps of {units[at]:.3g}, "
                f"not {float(np.ravel(bias)[at])!r}"
            )
        return steps.astype(np.int64)

    def parameters(self, factors, bias) -> np.ndarray:
        """Words int64 (n, 3): sums get an integer ``bias`` (n,), and are multiplied with ``factors`` (n,) then."""
        pairs = [fixed_multiplier(float(factor), self.multiplier_bits, LARGEST_SHIFT) for factor in factors]
        return np.column_stack([np.array(pairs, np.int64), np.asarray(bias, np.int64)])
