"""The one check of tensors that users give: float ones before they are quantised, integers before a model or a core.

Each refusal is one line that names the tensor, what it is, and what would be right.
"""

from collections.abc import Mapping

import numpy as np

from attnforge.hdl.numeric.format import Format

__all__ = ["InputError", "float_tensors", "integer_tensors", "real_numbers", "stream_range"]

DECADES = 306
"""Of the magnitudes that a tensor may have, up and down: their scales are still of full precision in float64."""
REAL, WHOLE = "fiub", "iub"  # kinds of NumPy's types


class InputError(ValueError):
    """A tensor, or a register of a job, that can't be used."""


def float_tensors(tensors, shapes, sizes, optional=(), decades=DECADES, hide=None) -> dict[str, np.ndarray]:
    """Real tensors as float64, once their names, shapes and values are good.

    Parameters
    ----------
    tensors : mapping of str to array of real numbers
    shapes : mapping of str to tuple of str
        The names of each tensor's sizes. A size has one value wherever its name stands.
    sizes : mapping of str to (int, int)
        Smallest and largest value of each size; without a largest one it is None.
    optional : sequence of str
        Tensors that may be missing.
    decades : int
        Magnitudes other than 0 must lie between ``10**-decades`` and ``10**decades``.
    hide : (dict of float64 arrays) -> dict of float64 arrays
        Puts zeros where no value is read, once names and shapes are good; what it hides may be anything.

    Raises
    ------
    InputError
        A tensor that is missing, unknown, of another shape, or no array of finite real numbers of usual size.
    """
    given = _named(tensors, shapes, optional)
    found, known = {}, {}
    for name, shape in shapes.items():
        if name not in given:
            continue
        values = real_numbers(name, given[name])
        good = values.ndim == len(shape)
        for axis, size in zip(shape, values.shape, strict=False):
            low, high = sizes[axis]
            good = good and low <= size and (high is None or size <= high) and known.setdefault(axis, size) == size
        if not good:
            raise InputError(f"tensor {name!r} must have the shape {_shape(shape, sizes, known, name, found, shapes)}, "
                             f"not {values.shape}")
        with np.errstate(over="ignore", invalid="ignore"):
            found[name] = values.astype(np.float64)
    found = hide(found) if hide else found
    for name, values in found.items():
        _refuse(name, values, ~np.isfinite(values), "hold finite numbers")
        size, small, large = np.abs(values), 10.0**-decades, 10.0**decades
        _refuse(name, values, (size > large) | ((size > 0) & (size < small)),
                f"hold zeros and magnitudes from {small} to {large}")
    return found


def integer_tensors(segments, tensors) -> dict[str, np.ndarray]:
    """Tensors of a job as int64, once their names, shapes and values are good.

    Parameters
    ----------
    segments : sequence of Segment
        Of the job's operands.
    tensors : mapping of str to array
        Whole numbers: values of integer formats, codes of others.

    Raises
    ------
    InputError
        A tensor that is missing, unknown, of another shape, or holds what its format does not.
    """
    given = _named(tensors, {segment.name: segment.shape for segment in segments})
    found = {}
    for segment in segments:
        name, shape = segment.name, tuple(segment.shape)
        values = real_numbers(name, given[name])
        if values.shape != shape:
            raise InputError(f"tensor {name!r} must have the shape {shape}, not {values.shape}")
        low, high = stream_range(segment.format)
        if values.dtype.kind not in WHOLE:
            _refuse(name, values, ~np.isfinite(values), "hold finite numbers")
            _refuse(name, values, values != np.floor(values), "hold whole numbers")
        _refuse(name, values, (values < low) | (values > high), f"hold {low} to {high}")
        found[name] = values.astype(np.int64)
    return found


def real_numbers(name, values) -> np.ndarray:
    """An array of real numbers, of any of NumPy's types.

    Raises
    ------
    InputError
        Complex numbers, text, objects, or rows of several lengths.
    """
    try:
        values = np.asarray(values)
    except ValueError:
        raise InputError(f"tensor {name!r} must be an array of real numbers, not rows of several lengths") from None
    if values.dtype.kind not in REAL:
        raise InputError(f"tensor {name!r} of shape {values.shape} must hold real numbers, not {values.dtype}")
    return values


def stream_range(form: Format) -> tuple[int, int]:
    """Smallest and largest of what a stream carries: values of integers, codes of other formats."""
    span = 1 << form.bits
    return (-span // 2, span // 2 - 1) if form.shape.signed else (0, span - 1)


def _named(tensors, shapes, optional=()):
    """The tensors, if they are those that are expected."""
    names = ", ".join(each + " (or not)" * (each in optional) for each in shapes)
    if not isinstance(tensors, Mapping):
        raise InputError(f"tensors must be given by name, {names}, not as {type(tensors).__name__}")
    for name in shapes:
        if name not in tensors and name not in optional:
            raise InputError(f"tensor {name!r} is missing; there must be {names}")
    for name in tensors:
        if name not in shapes:
            raise InputError(f"tensor {name!r} is unknown; there must be {names}")
    return tensors


def _refuse(name, values, wrong, right):
    """Refuse a tensor if it is wrong anywhere."""
    if wrong.any():
        first = values[wrong].flat[0]
        raise InputError(f"tensor {name!r} of shape {values.shape} must {right}, not {first} "
                         f"({np.count_nonzero(wrong)} of {values.size})")


def _shape(shape, sizes, known, name, found, shapes):
    """A shape for people: each size with its value where another tensor sets it, otherwise with its range."""
    others = {axis for other in found if other != name for axis in shapes[other]}

    def text(axis):
        low, high = sizes[axis]
        if axis in others:
            return f"{axis} = {known[axis]}"
        return f"{axis} = {low} to {high}" if high is not None else f"{axis} from {low} up"

    return f"({', '.join(map(text, shape))}{',' * (len(shape) == 1)})"
