"""The data layout of the streams: tensors to beats and back.

Row-major, one token per row; every row starts on a new beat, the rest of its last beat is zero; little-endian; formats
of up to 4 bits put two elements in a byte, low nibble first (docs/architecture.md, contract 2).
"""

import math
from collections.abc import Sequence

import numpy as np

from attnforge.hdl.numeric.tensors import integer_tensors, stream_range

__all__ = ["pack", "row_beats", "unpack"]


def row_beats(segment, beat_bytes: int) -> int:
    """Beats that one row of a segment takes."""
    return math.ceil(segment.shape[1] / segment.format.elements(beat_bytes))


def pack(segments: Sequence, tensors, beat_bytes: int) -> np.ndarray:
    """Beats of a job's tensors, in segment order.

    Parameters
    ----------
    segments : sequence of Segment
    tensors : mapping of str to int array
        One array of ``segment.shape`` for every segment's name; values of integers, codes of other formats.
    beat_bytes : int

    Returns
    -------
    uint8 array of shape (beats, beat_bytes)

    Raises
    ------
    InputError
        A tensor that is missing, unknown, of another shape, or holds what its format does not.
    """
    parts = [np.zeros((0, beat_bytes), np.uint8)]
    tensors = integer_tensors(segments, tensors)
    for segment in segments:
        values, form = tensors[segment.name], segment.format
        beats = row_beats(segment, beat_bytes)
        padded = np.zeros((len(values), beats * form.elements(beat_bytes)), np.int64)
        padded[:, : values.shape[1]] = values
        if form.container_bits == 4:
            rows = ((padded[:, 0::2] & 15) | ((padded[:, 1::2] & 15) << 4)).astype(np.uint8)
        else:
            rows = padded.astype(f"<i{form.container_bits // 8}").view(np.uint8)
        parts.append(rows.reshape(-1, beat_bytes))
    return np.concatenate(parts)


def unpack(segments: Sequence, beats: np.ndarray) -> dict[str, np.ndarray]:
    """Tensors (int64) of a job's beats: the inverse of `pack`.

    Raises
    ------
    ValueError
        A number of beats that the segments do not make up.
    """
    beat_bytes = beats.shape[1]
    counts = [segment.shape[0] * row_beats(segment, beat_bytes) for segment in segments]
    if sum(counts) != len(beats):
        raise ValueError(f"{len(beats)} beats do not hold these segments, which take {sum(counts)}")
    tensors = {}
    start = 0
    for segment, count in zip(segments, counts, strict=True):
        form = segment.format
        raw = np.ascontiguousarray(beats[start : start + count]).reshape(segment.shape[0], -1)
        start += count
        if form.container_bits == 4:
            raw = np.stack([raw & 15, raw >> 4], axis=-1).reshape(segment.shape[0], -1)
            values = raw.astype(np.int64)
        else:
            values = raw.view(f"<u{form.container_bits // 8}").astype(np.int64)
        values = values[:, : segment.shape[1]] & ((1 << form.bits) - 1)
        tensors[segment.name] = values - ((values > stream_range(form)[1]) * (1 << form.bits))
    return tensors

