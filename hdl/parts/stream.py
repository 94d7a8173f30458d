"""Streams: the beat that every core takes and gives, and the small parts that sit between two streams."""

from amaranth.lib import data

__all__ = ["Beat"]


def Beat(beat_bytes: int) -> data.StructLayout:  # noqa: N802 - a shape, named like one
    """Payload of a core's operand and result streams: ``beat_bytes`` bytes and the mark of a job's final beat."""
    return data.StructLayout({"data": data.ArrayLayout(8, beat_bytes), "last": 1})
