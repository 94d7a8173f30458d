"""Depths and strides of the buffers, and the records that blocks exchange."""

from dataclasses import dataclass
from functools import cached_property
from math import ceil

from amaranth.lib import data

from attnforge.hdl.dense.config import Config
from attnforge.hdl.parts.memory.ram import address_bits

__all__ = ["RESULT_BANKS", "Geometry"]

RESULT_BANKS = 2


@dataclass(frozen=True)
class Geometry:
    """Where everything lies: strides in words, depths of one bank. All follow from the maxima, none from the job."""

    config: Config

    @cached_property
    def key_tiles(self) -> int:
        """Words of a row of scores in one lane; keys of one column of the array."""
        return ceil(self.config.max_keys / self.config.columns)

    @cached_property
    def key_groups(self) -> int:
        """Beats of a row of K."""
        return ceil(self.config.max_head_dim / self.config.elements)

    @cached_property
    def key_depth(self) -> int:
        """K in one column lane."""
        return self.key_tiles * self.key_groups

    @cached_property
    def value_tiles(self) -> int:
        """Words of a row of V in one column lane."""
        return ceil(self.config.max_value_dim / self.config.columns)

    @cached_property
    def channel_tiles(self) -> int:
        """Words of a row of W in one column lane."""
        return ceil(self.config.max_channels / self.config.columns)

    @cached_property
    def value_depth(self) -> int:
        """V or W in one column lane."""
        return max(self.config.max_keys * self.value_tiles, self.config.max_depth * self.channel_tiles)

    @cached_property
    def query_tiles(self) -> int:
        """Words of a row of Q in one row lane."""
        return ceil(self.config.max_head_dim / self.config.rows)

    @cached_property
    def depth_tiles(self) -> int:
        """Words of a row of X in one row lane."""
        return ceil(self.config.max_depth / self.config.rows)

    @cached_property
    def query_depth(self) -> int:
        """A block of Q or X in one row lane."""
        return self.config.most_rows * max(self.query_tiles, self.depth_tiles)

    @cached_property
    def score_depth(self) -> int:
        """Scores of a block in one row lane."""
        return self.config.most_rows * self.key_tiles

    @cached_property
    def result_tiles(self) -> int:
        """Words of a row of results in one column lane."""
        return max(self.value_tiles, self.channel_tiles)

    @cached_property
    def result_depth(self) -> int:
        """Results of a block in one column lane; a row's words are ``most_rows`` apart."""
        return self.config.most_rows * self.result_tiles

    @cached_property
    def channel_groups(self) -> int:
        """Groups of ``lanes`` channels of a linear layer."""
        return ceil(self.config.max_channels / self.config.lanes)

    @cached_property
    def parameter_banks(self) -> int:
        """Linear jobs whose parameters may be in use or in the making: of both banks of W, and of the results."""
        return 2 + RESULT_BANKS

    @cached_property
    def key_tile_words(self) -> int:
        """Words of K in one column lane that a tile of keys takes: one key's."""
        return self.key_groups

    @cached_property
    def value_tile_words(self) -> int:
        """Words of V in one column lane that the keys of a tile take."""
        return self.config.columns * self.value_tiles

    # Widths --------------------------------------------------------------------------------------------------------
    @cached_property
    def slot_bits(self) -> int:
        """Number of a job slot."""
        return address_bits(self.config.job_slots)

    @cached_property
    def index_bits(self) -> int:
        """Number of a row in its block."""
        return address_bits(self.config.most_rows)

    @cached_property
    def rows_bits(self) -> int:
        """Count of the rows of a block."""
        return self.config.most_rows.bit_length()

    @cached_property
    def macs_bits(self) -> int:
        """Products of a job."""
        c = self.config
        head = c.max_keys * (c.max_head_dim + c.max_value_dim)
        return (c.max_queries * max(head, c.max_depth * c.max_channels)).bit_length()

    # Records -------------------------------------------------------------------------------------------------------
    @cached_property
    def block(self) -> data.StructLayout:
        """From the loader: a block whose rows of Q or X are complete, or the end of a bad job.

        ``abort`` ends a job that turned out to be bad; it is then ``final`` and has no rows. ``query`` is the number of
        the block's first row in the job. ``first`` marks a job's first block. ``stationary`` tells that the job holds a
        bank of K and V or of W: always, but for an abort that came before they were complete.
        """
        return data.StructLayout(
            {
                "abort": 1,
                "first": 1,
                "final": 1,
                "stationary": 1,
                "linear": 1,
                "rows": self.rows_bits,
                "query": self.config.max_queries.bit_length(),
                "slot": self.slot_bits,
                "parameters": address_bits(self.parameter_banks),
            }
        )

    @cached_property
    def results(self) -> data.StructLayout:
        """From the array's control to the post-processor, in the order of the results: a block that was begun.

        ``first`` and ``final`` are those of the job.
        """
        return data.StructLayout(
            {
                "abort": 1,
                "first": 1,
                "final": 1,
                "linear": 1,
                "rows": self.rows_bits,
                "slot": self.slot_bits,
                "parameters": address_bits(self.parameter_banks),
            }
        )

    @cached_property
    def row_sum(self) -> data.StructLayout:
        """A complete sum of a row's exponentials; ``last`` is the block's last row. Rows come in order."""
        return data.StructLayout({"valid": 1, "total": self.config.row_sum_bits, "last": 1})
