"""The search for the scale of least error: how much of a tensor's range a format's range is laid over."""

import numpy as np

from attnforge.hdl.numeric.format import Format

__all__ = ["clip_percents", "search_scales"]

WIDE_BITS = 6
MOST = 1000  # percent
NEAR = 1e-9  # of a row's energy: sums of sorted values tell errors apart to this much
NOTHING = 1e-28  # of a row's energy: an error that only float64's own rounding makes


def clip_percents(bits: int) -> range:
    """Where the largest value may lie, in percent of a tensor's peak: 75 to 149, above 6 bits 95 to 149."""
    return range(95 if bits > WIDE_BITS else 75, 150)


def search_scales(rows, form: Format, percents=None) -> tuple[np.ndarray, np.ndarray]:
    """Of each row the scale of least squared error, and that error.

    The candidates are ``percent / 100 * peak / form.max``; of equal errors the first wins. A row is sorted once; the
    error of a candidate then follows from the places of its borders and from running sums, and only candidates that
    these can't tell apart are tried out on the values.

    Parameters
    ----------
    rows : float64 array, rows x elements
        Each row within -1 to 1, with a peak of 1, or all zeros.
    form : Format
    percents : sequence of int, optional
        Those of `clip_percents` by default.

    Returns
    -------
    scales, errors : float64 arrays
        A row of zeros has a scale of 1 and no error; one of pure rounding counts as none.
    """
    candidates = _checked(clip_percents(form.bits) if percents is None else percents) / 100 / form.max
    grid = form.grid.astype(np.float64)
    borders = np.multiply.outer(candidates, (grid[:-1] + grid[1:]) / 2)
    squares = grid**2
    scales, errors = np.ones(len(rows)), np.zeros(len(rows))
    for at, row in enumerate(np.sort(rows, axis=1)):
        energy = row @ row
        if not energy:
            continue
        below = np.searchsorted(row, borders)
        sums = np.concatenate([[0.0], np.cumsum(row)])
        # Summed by parts: a level's share of the sum is a difference of running sums at its two borders.
        products = grid[-1] * sums[-1] - sums[below] @ np.diff(grid)
        powers = squares[-1] * len(row) - below @ np.diff(squares)
        guesses = energy - 2 * candidates * products + candidates**2 * powers
        likely = np.flatnonzero(guesses <= guesses.min() + NEAR * energy)
        tried = [np.sum((form.nearest(row / candidate) * candidate - row) ** 2) for candidate in candidates[likely]]
        tried = np.where(np.array(tried) <= NOTHING * energy, 0.0, tried)
        best = int(np.argmin(tried))
        scales[at], errors[at] = candidates[likely[best]], tried[best]
    return scales, errors


def _checked(percents):
    """The percentages as an array."""
    values = np.array(percents)
    numbers = values.ndim == 1 and values.size and values.dtype.kind in "iuf"
    if not (numbers and np.all((values > 0) & (values < MOST))):
        raise ValueError(f"percents must be one or more numbers above 0 and below {MOST}, not {percents!r}")
    return values
