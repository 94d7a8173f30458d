"""What the blocks tell each other about jobs and tiles."""

from amaranth.lib import data
from amaranth.lib.enum import Enum

from attnforge.hdl.vitality.geometry import Geometry

__all__ = ["Ready", "TileKind", "entry_layout", "tile_layout"]

Ready = data.StructLayout({"valid": 1, "bad": 1})
"""Operands of the next job have come in; ``bad`` when its stream was cut short or ran over."""


class TileKind(Enum, shape=2):
    """Which product a tile belongs to; ``DROP`` passes on a job that gives no results."""

    G = 0
    OUTPUT = 1
    DROP = 2


def tile_layout(geometry: Geometry) -> data.StructLayout:
    """A tile whose stationary operands are loaded.

    ``feed`` is the address of its first moving operand, ``length`` their number, ``unused`` the rows at the top that
    the tile does not fill, ``macs`` the useful products of each operand;
    ``first`` and ``final`` mark the ends of the reduction, ``opening`` and ``closing`` those of the phase.
    """
    config = geometry.config
    return data.StructLayout(
        {
            "kind": TileKind,
            "slot": geometry.slot_bits,
            "length": max(config.token_bits, config.max_head_dim.bit_length()),
            "feed": geometry.feed_bits,
            "unused": geometry.unused_bits,
            "first": 1,
            "final": 1,
            "opening": 1,
            "closing": 1,
            "macs": (config.rows * config.columns).bit_length(),
        }
    )


def entry_layout(geometry: Geometry) -> data.StructLayout:
    """A result bank that the array is about to fill, or a job without results: the post-processor's work in order."""
    return data.StructLayout({"kind": TileKind, "slot": geometry.slot_bits})
