"""Depths and strides of the buffers, and the control words that travel through the array."""

from dataclasses import dataclass
from functools import cached_property
from math import ceil

from amaranth.hdl import Shape
from amaranth.lib import data

from attnforge.hdl.parts.memory.ram import address_bits
from attnforge.hdl.vitality.config import Config

__all__ = ["Geometry"]


@dataclass(frozen=True)
class Geometry:
    """Where everything lies: strides in words, depths of one bank. All follow from the maxima, none from the job."""

    config: Config

    @cached_property
    def key_groups(self) -> int:
        """Groups of E features in a row of K."""
        return ceil(self.config.max_head_dim / self.config.elements)

    @cached_property
    def sum_words(self) -> int:
        """Groups of E features in the longer of a row of K and a row of V."""
        return max(self.key_groups, ceil(self.config.max_value_dim / self.config.elements))

    @cached_property
    def macs_bits(self) -> int:
        """Width of a count of a job's useful products."""
        return (2 * self.config.max_tokens * self.config.max_head_dim * self.config.max_value_dim).bit_length()

    @cached_property
    def key_depth(self) -> int:
        """K in one lane of the corner-turning bank."""
        return ceil(self.config.max_tokens / self.config.rows) * self.key_groups

    @cached_property
    def query_tiles(self) -> int:
        """Words of a query row in one lane: tiles of R features."""
        return ceil(self.config.max_head_dim / self.config.rows)

    @cached_property
    def query_depth(self) -> int:
        """Q in one lane."""
        return self.config.max_tokens * self.query_tiles

    @cached_property
    def value_tiles(self) -> int:
        """Words of a row of V or G in one lane: tiles of C columns."""
        return ceil(self.config.max_value_dim / self.config.columns)

    @cached_property
    def value_depth(self) -> int:
        """V in one lane."""
        return self.config.max_tokens * self.value_tiles

    @cached_property
    def g_depth(self) -> int:
        """G in one lane."""
        return self.config.max_head_dim * self.value_tiles

    @cached_property
    def sum_depth(self) -> int:
        """Sums of one tile in a column: its features (G) or its tokens (Q G)."""
        return max(self.config.max_tokens, self.config.max_head_dim)

    @cached_property
    def index_bits(self) -> int:
        """Width of an index into the sums of a tile."""
        return address_bits(self.sum_depth)

    @cached_property
    def result_groups(self) -> int:
        """Beats of a row of Z."""
        return ceil(self.config.max_value_dim / self.config.result_elements)

    @cached_property
    def result_depth(self) -> int:
        """Z in one lane of the output buffer."""
        return self.config.max_tokens * self.result_groups

    @cached_property
    def lane_steps(self) -> int:
        """Columns that one lane of the post-processor serves."""
        return self.config.columns // self.config.dividers

    @cached_property
    def term_depth(self) -> int:
        """Value terms of one job in one lane of the post-processor."""
        return self.value_tiles * self.lane_steps

    @cached_property
    def slot_bits(self) -> int:
        """Width of a job slot's number."""
        return address_bits(self.config.job_slots)

    @cached_property
    def feed_bits(self) -> int:
        """Address of a moving operand."""
        return address_bits(2 * max(self.key_depth, self.query_depth))

    @cached_property
    def load_bits(self) -> int:
        """Address of a stationary operand."""
        return address_bits(2 * max(self.value_depth, self.g_depth))

    @cached_property
    def feature_bits(self) -> int:
        """Number of a feature within a job."""
        return address_bits(self.config.max_head_dim)

    @cached_property
    def unused_bits(self) -> int:
        """Number of rows that a tile does not fill."""
        return address_bits(self.config.rows)

    @cached_property
    def feed(self) -> data.StructLayout:
        """Control of the moving operands; travels down the rows.

        ``address``, ``key_en``, ``query_en`` in cycle x; ``element`` (of a group of K) and ``unused`` (rows from this
        one down that the tile does not fill) in x + 2, ``mean`` in x + 3, ``swap`` in x + 4, where row 0 of the array
        sees the operand.
        """
        return data.StructLayout(
            {
                "address": self.feed_bits,
                "key_en": 1,
                "query_en": 1,
                "element": range(max(2, self.config.elements)),
                "unused": self.unused_bits,
                "mean": Shape(self.config.key_mean.bits, True),
                "swap": 1,
            }
        )

    @cached_property
    def load(self) -> data.StructLayout:
        """Control of the stationary operands; travels along the columns.

        ``address``, ``value_en``, ``g_en`` in cycle y; ``zero`` (a row that the tile does not fill) in y + 2; ``valid``
        and ``last`` in y + 3, where the top of the column sees the word.
        """
        return data.StructLayout(
            {
                "address": self.load_bits,
                "value_en": 1,
                "g_en": 1,
                "zero": 1,
                "valid": 1,
                "last": 1,
            }
        )

    @cached_property
    def tile(self) -> data.StructLayout:
        """What becomes of the sums of one cycle, beside the feed of cycle x.

        ``opens`` marks the first sum of a tile, ``first`` and ``final`` its first and last pass over the reduction,
        ``bank`` the half of the result memory, ``closes_key`` and ``closes_query`` the last sum of a phase.
        """
        return data.StructLayout(
            {"valid": 1, "opens": 1, "first": 1, "final": 1, "bank": 1, "closes_key": 1, "closes_query": 1}
        )

    @cached_property
    def read(self) -> data.StructLayout:
        """Control of the accumulation, travels along the columns: ``index``, ``en`` in cycle z, ``first`` in z + 2."""
        return data.StructLayout({"index": self.index_bits, "en": 1, "first": 1})

    @cached_property
    def write(self) -> data.StructLayout:
        """The same three cycles later: where the sum goes, and what the last column tells the post-processor."""
        return data.StructLayout(
            {
                "index": self.index_bits,
                "partial_en": 1,
                "result_en": 1,
                "bank": 1,
                "opens": 1,
                "closes_key": 1,
            }
        )

    @cached_property
    def sizes(self) -> data.StructLayout:
        """Sizes of a job."""
        return data.StructLayout(
            {
                "tokens": self.config.token_bits,
                "head_dim": self.config.max_head_dim.bit_length(),
                "value_dim": self.config.max_value_dim.bit_length(),
            }
        )
