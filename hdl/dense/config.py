"""What is fixed when a dense core is generated, and every width that follows from it."""

import math
from dataclasses import dataclass

from attnforge.hdl.contract.config_checks import check_choice, check_flags, check_power_of_two, check_ranges
from attnforge.hdl.dense.bound import check_bound, needed_probability_bits
from attnforge.hdl.numeric import Int
from attnforge.hdl.parts.arithmetic.channel_scale import SHIFT_BITS, ChannelScale

__all__ = ["PRESETS", "Config"]

HAZARD = 4  # cycles from the read of a partial sum to the next read of the same one


def signed_bits(magnitude: int) -> int:
    """Bits of a signed integer from ``-magnitude`` to ``magnitude``."""
    return magnitude.bit_length() + 1


@dataclass(frozen=True)
class Config:
    """Sizes and widths of a core for exact softmax attention and for linear layers.

    Parameters
    ----------
    rows, columns : int
        Processing elements, 1 to 128 each way, as many rows as columns: scores leave the array by its columns, and come
        back as probabilities by its rows.
    max_queries : int
        Largest number of queries of a head, or of rows of X. They pass through the core in blocks and cost no memory.
    max_keys : int
        Largest number of keys.
    max_head_dim, max_value_dim : int
        Largest d of Q and K, and d_v of V.
    max_depth, max_channels : int
        Largest K and N of a linear layer, X (M x K) times W (K x N).
    bits, out_bits : int
        Widths of the signed operands and of the results, 4 to 8.
    score_bits, score_fraction_bits : int
        A scaled score, in units of log2: signed, saturated.
    probability_bits : int or None
        Of a row's exponentials, the largest of which is all ones, 4 to 17. None takes the fewest from 12 on that keep
        the error of ``max_keys`` keys within its bound.
    beat_bytes : int
        Bytes per beat of both streams, a power of two.
    lanes : int or None
        Results that the post-processor gives in a cycle: divides the columns and the results in a beat. None takes as
        many as the array gives where 64 terms or more make a sum.
    multiplier_bits : int
        Width of the unsigned scale multipliers.
    serial : bool
        One step of the division of a row by its sum per cycle, instead of a pipeline.
    job_slots : int
        Jobs in flight, from START to the last result: 2 to 16.
    lossy : bool
        Take widths whose error may be larger than `attnforge.hdl.dense.bound` allows, and scores that these widths
        clip.

    Raises
    ------
    ValueError
        A value out of its range; the message names it.
    """

    rows: int = 16
    columns: int = 16
    max_queries: int = 65_535
    max_keys: int = 512
    max_head_dim: int = 64
    max_value_dim: int = 64
    max_depth: int = 384
    max_channels: int = 384
    bits: int = 8
    out_bits: int = 8
    score_bits: int = 16
    score_fraction_bits: int = 6
    probability_bits: int | None = None
    beat_bytes: int = 8
    lanes: int | None = None
    multiplier_bits: int = 16
    serial: bool = False
    job_slots: int = 8
    lossy: bool = False

    def __post_init__(self):
        check_ranges(self, [each for each in RANGES if each != PROBABILITY_RANGE or self.probability_bits is not None])
        if self.probability_bits is None:
            bits = needed_probability_bits(self, LEAST_PROBABILITY_BITS, PROBABILITY_RANGE[2])
            object.__setattr__(self, "probability_bits", bits)
        if self.columns != self.rows:
            raise ValueError(f"columns is {self.rows}, as many as rows, not {self.columns}")
        check_power_of_two(self, "beat_bytes")
        check_flags(self, "serial", "lossy")
        if self.score_bits < self.score_fraction_bits + 5:
            raise ValueError(
                f"score_bits is at least {self.score_fraction_bits + 5} with {self.score_fraction_bits} fraction bits, "
                f"not {self.score_bits}"
            )
        check_bound(self)
        together = math.gcd(self.columns, self.result_elements)
        good = [n for n in range(1, together + 1) if together % n == 0]
        if self.lanes is None:
            wanted = self.rows * self.columns / 64
            object.__setattr__(self, "lanes", next((n for n in good if n >= wanted), together))
        check_choice(self, "lanes", good, f"{self.columns} columns and {self.result_elements} results in a beat")

    # Formats -------------------------------------------------------------------------------------------------------
    @property
    def operand(self) -> Int:
        """Q, K, V, X and W."""
        return Int(self.bits)

    @property
    def result(self) -> Int:
        """Z and Y."""
        return Int(self.out_bits)

    @property
    def score(self) -> Int:
        """A scaled score; its smallest value marks a key that is masked."""
        return Int(self.score_bits)

    @property
    def moving(self) -> Int:
        """What passes through the rows: an element of Q or X, or a probability."""
        return Int(max(self.bits, self.probability_bits + 1))

    @property
    def _probability(self) -> int:
        return (1 << self.probability_bits) - 1

    @property
    def _operand(self) -> int:
        return -self.operand.min

    @property
    def raw_score_bits(self) -> int:
        """Exact q k^T."""
        return signed_bits(self.max_head_dim * self._operand**2)

    @property
    def partial_bits(self) -> int:
        """Exact sum of one pass down the R rows."""
        return signed_bits(self.rows * self._operand * max(self._operand, self._probability))

    @property
    def sum_bits(self) -> int:
        """Exact sum of all passes: a score, P V or X W."""
        value = signed_bits(self.max_keys * self._operand * self._probability)
        linear = signed_bits(self.max_depth * self._operand**2)
        return max(value, linear, self.raw_score_bits, self.partial_bits)

    @property
    def tile_sum_bits(self) -> int:
        """Sum of a row's exponentials in one tile, unsigned."""
        return (min(self.rows, self.max_keys) * self._probability).bit_length()

    @property
    def row_sum_bits(self) -> int:
        """Exact sum of a row's exponentials, unsigned."""
        return (self.max_keys * self._probability).bit_length()

    @property
    def channel_scale(self) -> ChannelScale:
        """What a channel's sums are scaled by; its bias is as wide as the sum, if that fits the stream."""
        return ChannelScale(self.multiplier_bits, min(32, self.sum_bits))

    @property
    def scale_bits(self) -> int:
        """Width of what a result is multiplied with: a channel's multiplier, or a row's, which has a bit more."""
        return self.multiplier_bits + 1

    @property
    def scale_shift_bits(self) -> int:
        """Width of the right shift behind it."""
        return SHIFT_BITS + 1

    # Sizes ---------------------------------------------------------------------------------------------------------
    @property
    def elements(self) -> int:
        """Operands in a beat."""
        return self.operand.elements(self.beat_bytes)

    @property
    def result_elements(self) -> int:
        """Results in a beat."""
        return self.result.elements(self.beat_bytes)

    @property
    def block_rows(self) -> int:
        """Rows of a block, all but the last of a job, which has up to twice as many less one."""
        return max(self.rows, HAZARD)

    @property
    def most_rows(self) -> int:
        """Rows of the largest block."""
        return 2 * self.block_rows - 1


LEAST_PROBABILITY_BITS = 12  # that None takes
PROBABILITY_RANGE = ("probability_bits", 4, 17)
RANGES = (
    ("rows", 1, 128),
    ("columns", 1, 128),
    ("max_queries", 1, (1 << 24) - 1),
    ("max_keys", 1, 16384),
    ("max_head_dim", 1, 512),
    ("max_value_dim", 1, 512),
    ("max_depth", 1, 8192),
    ("max_channels", 1, 8192),
    ("bits", 4, 8),
    ("out_bits", 4, 8),
    ("score_bits", 8, 18),
    ("score_fraction_bits", 2, 8),
    PROBABILITY_RANGE,
    ("beat_bytes", 4, 256),
    ("multiplier_bits", 8, 17),
    ("job_slots", 2, 16),
)

PRESETS = {
    "tiny": Config(
        rows=4, columns=4, max_queries=63, max_keys=24, max_head_dim=7, max_value_dim=10, max_depth=12, max_channels=10,
        beat_bytes=4,
    ),
    "default": Config(),
    "layers": Config(max_depth=1536, max_channels=96),  # the same memory for W, but all layers of a ViT-S
    "ulx3s_85f": Config(rows=8, columns=8, max_channels=64, beat_bytes=4, serial=True),
}
