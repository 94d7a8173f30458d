"""Depths and strides of the buffers, and the records and control words that blocks exchange."""

from dataclasses import dataclass
from functools import cached_property
from math import ceil

from amaranth.lib import data

from attnforge.hdl.ant.config import Config
from attnforge.hdl.parts.memory.ram import address_bits

__all__ = ["Geometry"]

@dataclass(frozen=True)
class Geometry:
    """Where everything lies: strides in words, depths of one bank. All follow from the maxima, none from the job."""

    config: Config

    @cached_property
    def digits(self) -> int:
        """Rows or columns of a widest operand."""
        return 1 + self.config.eight_bits

    @cached_property
    def row_words(self) -> int:
        """Beats of a widest row of A: one bank of a row lane."""
        return ceil(self.config.max_k * self.digits / self.config.nibbles)

    @cached_property
    def weight_tiles(self) -> int:
        """Words of a row of W in one column lane."""
        return ceil(self.config.max_n * self.digits / self.config.columns)

    @cached_property
    def weight_depth(self) -> int:
        """W in one column lane."""
        return self.config.max_k * self.weight_tiles

    @cached_property
    def sum_depth(self) -> int:
        """Sums of a block in one column."""
        return self.config.rows * self.weight_tiles

    @cached_property
    def parameter_banks(self) -> int:
        """Jobs whose parameters may be in use or in the making.

        Those of the jobs in the banks of sums, one whose weights are complete, and one that is being loaded: a job is
        loaded when the array has begun the last block of the one that had its bank of W.
        """
        return self.config.sum_banks + 2

    @cached_property
    def channel_groups(self) -> int:
        """Parameters of a job in one lane of the post-processor."""
        return ceil(self.config.max_n / self.config.lanes)

    @cached_property
    def macs_bits(self) -> int:
        """Width of a count of a job's useful products."""
        c = self.config
        return (c.max_m * c.max_k * c.max_n * self.digits**2).bit_length()

    @cached_property
    def slot_bits(self) -> int:
        """Width of a job slot's number."""
        return address_bits(self.config.job_slots)

    @cached_property
    def row_tag_bits(self) -> int:
        """Width of a row's type tag."""
        return address_bits(len(self.config.row_digits))

    @cached_property
    def column_tag_bits(self) -> int:
        """Width of a column's type tag."""
        return address_bits(len(self.config.column_digits))

    @cached_property
    def block(self) -> data.StructLayout:
        """A block of up to R rows of A that is complete, with its job: what the loader tells the sequencer.

        ``rows`` counts rows of the array. ``first`` and ``final`` mark a job's first and last block. An ``abort`` is a
        final block without rows, of a job whose operands were not as they should be; ``weights`` says whether the
        job has a bank of W.

        What follows from the job is worked out before, so that the choice of the next tile is short: ``single``
        product per element, ``columns`` of the array, ``several`` tiles, operands of 8 bits (``fuse_rows``,
        ``fuse_columns``); a tile may begin in a cycle before which ``settled`` or fewer cycles were to wait.
        """
        c = self.config
        return data.StructLayout(
            {
                "abort": 1,
                "first": 1,
                "final": 1,
                "weights": 1,
                "rows": range(c.rows + 1),
                "k": c.max_k.bit_length(),
                "single": 1,
                "settled": range(2 * c.rows + 1),
                "n": c.max_n.bit_length(),
                "columns": (c.max_n * self.digits).bit_length(),
                "several": 1,
                "fuse_rows": 1,
                "fuse_columns": 1,
                "a_type": address_bits(len(c.activations)),
                "w_type": address_bits(len(c.weights)),
                "o_type": address_bits(len(c.results)),
                "slot": self.slot_bits,
                "parameters": range(self.parameter_banks),
                "macs": self.macs_bits,
            }
        )

    @cached_property
    def sums(self) -> data.StructLayout:
        """A block on its way to the post-processor: as `block`; ``rows`` counts rows of results."""
        c = self.config
        return data.StructLayout(
            {
                "abort": 1,
                "final": 1,
                "fuse_columns": 1,
                "rows": range(c.rows + 1),
                "n": c.max_n.bit_length(),
                "o_type": address_bits(len(c.results)),
                "slot": self.slot_bits,
                "parameters": range(self.parameter_banks),
                "macs": self.macs_bits,
            }
        )

    @cached_property
    def feed(self) -> data.StructLayout:
        """Control of the activations, travels down the rows.

        ``address``, ``en`` and ``closes`` (the bank is read) in cycle x; ``element`` in x + 2, the tags in x + 3;
        ``first`` and ``last`` product of a tile in x + 4, where row 0 of the array sees the operand.
        """
        return data.StructLayout(
            {
                "address": address_bits(2 * self.row_words),
                "en": 1,
                "closes": 1,
                "element": address_bits(self.config.nibbles),
                "fused": 1,
                "tag": self.row_tag_bits,
                "high_tag": self.row_tag_bits,
                "first": 1,
                "last": 1,
            }
        )

    @cached_property
    def load(self) -> data.StructLayout:
        """Control of the weights, travels along the columns, two at a time.

        ``address``, ``en`` and ``closes`` in cycle y; the tags in y + 3; the array sees the weight in y + 4.
        """
        return data.StructLayout(
            {
                "address": address_bits(2 * self.weight_depth),
                "en": 1,
                "closes": 1,
                "tag": self.column_tag_bits,
                "high_tag": self.column_tag_bits,
            }
        )

    @cached_property
    def tile(self) -> data.StructLayout:
        """A tile whose last product is fed: how many rows it has, and the address of the first one's sums."""
        return data.StructLayout(
            {
                "valid": 1,
                "address": address_bits(self.config.sum_banks * self.sum_depth),
                "rows": range(self.config.rows + 1),
                "fuse_rows": 1,
                "fuse_columns": 1,
                "closes": 1,
            }
        )

    @cached_property
    def drain(self) -> data.StructLayout:
        """A row of sums that leaves the array, travels along the columns.

        ``odd`` is the second of two rows with ``fuse_rows``; ``closes`` marks a block's last row of its last tile.
        """
        return data.StructLayout(
            {
                "valid": 1,
                "address": address_bits(self.config.sum_banks * self.sum_depth),
                "odd": 1,
                "fuse_rows": 1,
                "fuse_columns": 1,
                "closes": 1,
            }
        )
