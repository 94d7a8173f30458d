"""Which type suits a tensor: scales, the choice among formats, and the codes (ANT, MICRO 2022)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from attnforge.hdl.numeric.clip import WIDE_BITS, search_scales
from attnforge.hdl.numeric.format import Format
from attnforge.hdl.numeric.formats import KINDS
from attnforge.hdl.numeric.integer import Int

__all__ = ["Selection", "enabled_formats", "select", "sqnr"]

MOST_BITS = 8


@dataclass(frozen=True, eq=False)
class Selection:
    """A tensor in codes of the formats that suit it best.

    Attributes
    ----------
    forms : tuple of Format
        What there was to choose from.
    codes : uint8 array
        Shape of the tensor.
    tags : int array
        Place in ``forms``: a scalar, or one per channel.
    scales : float64 array
        Value of a format's smallest step: a scalar, or one per channel.
    axis : int or None
        Of the channels.
    sqnr : float
        Signal to quantisation noise of the codes in dB; infinite without an error.
    sqnrs : tuple of float
        The same for each of ``forms``, had the whole tensor that type.
    """

    forms: tuple[Format, ...]
    codes: np.ndarray
    tags: np.ndarray
    scales: np.ndarray
    axis: int | None
    sqnr: float
    sqnrs: tuple[float, ...]

    @property
    def values(self) -> np.ndarray:
        """What the codes stand for, float64."""
        tags, scales = (_along(each, self.axis, self.codes.ndim) for each in (self.tags, self.scales))
        values = np.zeros(self.codes.shape)
        for tag, form in enumerate(self.forms):
            values = np.where(tags == tag, form.value(self.codes), values)
        return values * scales

    @property
    def sqnr_by_kind(self) -> dict[str, float]:
        """``sqnrs`` by the formats' kinds."""
        return {form.kind: each for form, each in zip(self.forms, self.sqnrs, strict=True)}

    @property
    def counts(self) -> dict[str, int]:
        """How many channels, or tensors, have each type, by its kind."""
        return {form.kind: int(np.count_nonzero(self.tags == tag)) for tag, form in enumerate(self.forms)}


def enabled_formats(kinds: Sequence[str], bits: int, signed: bool) -> tuple[Format, ...]:
    """The formats of a width, in the order in which equals are preferred; above 6 bits the integers alone.

    Kinds that have no format of this width are left out.

    Raises
    ------
    ValueError
        A kind that is unknown, a width that none has, or no kind.
    """
    for kind in kinds:
        if kind not in KINDS:
            raise ValueError(f"types are {', '.join(KINDS)}, not {kind!r}")
    if not 3 <= bits <= MOST_BITS:
        raise ValueError(f"types have 3 to {MOST_BITS} bits, not {bits!r}")
    if bits > WIDE_BITS:
        return (Int(bits, signed),)
    forms = []
    for kind in KINDS:
        low, high = getattr(KINDS[kind], "widths", (0, MOST_BITS))
        if kind in kinds and low <= bits <= high:
            forms.append(KINDS[kind](bits, signed))
    if not forms:
        raise ValueError(f"none of the types {', '.join(kinds) or '(none)'} has {bits} bits")
    return tuple(forms)


def select(values, forms: Sequence[Format], *, axis=None, per_channel=False, percents=None) -> Selection:
    """Choose type and scales for a tensor by least squared error, and quantise it.

    Weights have a scale per output channel (``axis``), activations one for the tensor (no axis). Of types with equal
    errors the first wins.

    Parameters
    ----------
    values : array of real numbers
    forms : sequence of Format
        Of one width, up to 8 bits; see `enabled_formats`.
    axis : int, optional
        Axis of the channels.
    per_channel : bool
        Choose the type for each channel by itself, not for the tensor.
    percents : sequence of int, optional
        Where the largest value may lie, in percent of the peak; those of `clip_percents` by default.

    Raises
    ------
    ValueError
        A tensor that is empty, not real or not finite, an axis that it lacks, formats of several widths.
    """
    values, forms = _checked(values), tuple(forms)
    if len({form.bits for form in forms}) != 1 or forms[0].bits > MOST_BITS:
        names = ", ".join(form.name for form in forms) or "none"
        raise ValueError(f"types to choose from have one width of up to {MOST_BITS} bits, not {names}")
    if axis is not None and not -values.ndim <= axis < values.ndim:
        raise ValueError(f"a tensor of shape {values.shape} has no axis {axis}")
    if per_channel and axis is None:
        raise ValueError("a type per channel needs the axis of the channels")

    rows = values.reshape(1, -1) if axis is None else np.moveaxis(values, axis, 0).reshape(values.shape[axis], -1)
    peaks = np.abs(rows).max(axis=1)
    unit = np.where(peaks > 0, peaks, 1.0)
    normal = rows / unit[:, None]
    searched = [search_scales(normal, form, percents) for form in forms]
    # In units of the tensor's peak: squares of any finite value stay finite.
    weights = (peaks / (peaks.max() or 1.0)) ** 2
    errors = np.stack([row_errors for _, row_errors in searched]) * weights
    energy = float(np.sum(normal**2, axis=1) @ weights)
    totals = errors.sum(axis=1)
    tags = errors.argmin(axis=0) if per_channel else np.full(len(rows), totals.argmin())

    chosen = np.arange(len(rows))
    scales = np.stack([row_scales for row_scales, _ in searched])[tags, chosen]
    codes = np.zeros(rows.shape, np.uint8)
    for tag, form in enumerate(forms):
        mine = tags == tag
        codes[mine] = form.code(normal[mine] / scales[mine, None])
    scales = np.maximum(scales * unit, np.nextafter(0, 1))
    if axis is None:
        codes, tags, scales = codes.reshape(values.shape), tags[0], scales[0]
    else:
        moved = (values.shape[axis], *np.delete(values.shape, axis))
        codes = np.moveaxis(codes.reshape(moved), 0, axis)
    noise = errors[tags, chosen].sum() if axis is not None else totals[tags]
    return Selection(forms, codes, np.asarray(tags), np.asarray(scales), axis, sqnr(energy, noise),
                     tuple(sqnr(energy, total) for total in totals))


def sqnr(energy: float, noise: float) -> float:
    """Signal to noise in dB; infinite without noise."""
    return float(10 * np.log10(energy / noise)) if noise > 0 else float("inf")


def _checked(values):
    """The tensor as float64."""
    values = np.asarray(values)
    if values.dtype.kind not in "fiub":
        raise ValueError(f"a tensor holds real numbers, not {values.dtype}")
    if not values.size:
        raise ValueError(f"a tensor of shape {values.shape} holds nothing to quantise")
    values = values.astype(np.float64)
    wrong = np.flatnonzero(~np.isfinite(values))
    if wrong.size:
        raise ValueError(f"a tensor holds finite values, not {values.flat[wrong[0]]} ({wrong.size} of {values.size})")
    return values


def _along(array, axis, dimensions):
    """One value per channel in a shape that broadcasts against the tensor."""
    if axis is None:
        return array
    shape = [1] * dimensions
    shape[axis] = -1
    return array.reshape(shape)
