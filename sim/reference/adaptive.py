"""ANT's adaptive types (MICRO 2022) by trying everything: every type, every scale, every value, in float64."""

from dataclasses import dataclass

import numpy as np

KINDS = ("int", "flint", "pot", "float")


@dataclass(frozen=True)
class AdaptiveChoice:
    """What trying everything found.

    Attributes
    ----------
    kinds : list of str
        The type of each channel, of the tensor if there is one scale.
    sqnr : float
        Of the choice, dB.
    sqnrs : dict of str to float
        Had the whole tensor that type.
    """

    kinds: list
    sqnr: float
    sqnrs: dict


def levels(kind, bits, signed):
    """The values of a type in units of the smallest step, rising.

    The magnitudes of a width w: int 0 .. 2^w - 1; flint every integer up to 2^(w-1), then an octave from 2^(w-1+k)
    with w - 2 - k bits of fraction for k = 0, 1, ..., and 2^(2w-2); PoT 0 and 2^0 .. 2^(2^w - 2); float 3 exponent
    bits (or w, if that is less) and the rest fraction, subnormals below the smallest exponent.
    """
    width = bits - signed
    if kind == "int":
        magnitudes = np.arange(2.0**width)
    elif kind == "pot":
        magnitudes = np.append(0.0, 2.0 ** np.arange(2**width - 1))
    elif kind == "flint":
        octaves = [2.0 ** (width - 1 + k) * (1 + np.arange(2 ** (width - 2 - k)) / 2 ** (width - 2 - k))
                   for k in range(width - 1)]
        magnitudes = np.concatenate([np.arange(2.0 ** (width - 1)), *octaves, [2.0 ** (2 * width - 2)]])
    else:
        exponent_bits = min(3, width)
        fractions = np.arange(2 ** (width - exponent_bits)) / 2 ** (width - exponent_bits)
        normal = [2.0**exponent * (1 + fractions) for exponent in range(2**exponent_bits - 1)]
        magnitudes = np.concatenate([fractions, *normal]) * len(fractions)
    if not signed:
        return magnitudes
    lowest = [-(2.0**width)] if kind == "int" else []
    return np.concatenate([lowest, -magnitudes[:0:-1], magnitudes])


def exhaustive_choice(tensor, bits, kinds=KINDS, *, signed=True, axis=None, per_channel=False):
    """Find the types and scales of least squared error for a tensor.

    Parameters
    ----------
    tensor : array_like
    bits : int
        3 to 8; above 6 there is int alone.
    kinds : sequence of str
        In the order in which equals are preferred.
    signed : bool
    axis : int, optional
        One scale per index along it; otherwise one for all.
    per_channel : bool
        One type per index along ``axis`` too.

    Returns
    -------
    AdaptiveChoice
    """
    tensor = np.asarray(tensor, dtype=np.float64)
    channels = [tensor] if axis is None else list(np.moveaxis(tensor, axis, 0))
    kinds = ("int",) if bits > 6 else kinds
    percents = np.arange(95 if bits > 6 else 75, 150)
    noise = np.array([[least_noise(channel, levels(kind, bits, signed), percents) for channel in channels]
                      for kind in kinds])
    best = noise.argmin(axis=0) if per_channel else np.full(len(channels), noise.sum(axis=1).argmin())
    energy = np.sum(tensor**2)
    return AdaptiveChoice(
        kinds=[kinds[place] for place in best],
        sqnr=decibel(energy, noise[best, np.arange(len(channels))].sum()),
        sqnrs={kind: decibel(energy, row.sum()) for kind, row in zip(kinds, noise, strict=True)},
    )


def least_noise(channel, grid, percents):
    """Smallest sum of squared errors over all scales."""
    peak = np.max(np.abs(channel))
    if peak == 0:
        return 0.0
    return min(np.sum((rounded(channel, grid * (percent / 100 * peak / grid[-1])) - channel) ** 2)
               for percent in percents)


def rounded(values, grid):
    """The nearest of the rising ``grid`` for each value; the larger one of two that are as near."""
    return grid[np.digitize(values, (grid[1:] + grid[:-1]) / 2)]


def decibel(energy, noise):
    """Ratio in dB; infinite without noise."""
    return 10 * np.log10(energy / noise) if noise else np.inf
