"""What is fixed when an ANT core is generated, and every width that follows from it."""

import math
from dataclasses import dataclass
from functools import cached_property

from attnforge.hdl.contract.config_checks import check_choice, check_flags, check_power_of_two, check_ranges
from attnforge.hdl.numeric import Flint, Float, Format, Int, Pot
from attnforge.hdl.parts.arithmetic.channel_scale import ChannelScale

__all__ = ["PRESETS", "Config"]

CODE_BITS = 4


def signed_bits(value: int) -> int:
    """Bits of the narrowest signed integer that holds the value."""
    return (value if value >= 0 else ~value).bit_length() + 1


@dataclass(frozen=True)
class Config:
    """Sizes, types and widths of a core (ANT, MICRO 2022, arXiv 2208.14286, sections 4 and 5).

    Parameters
    ----------
    rows, columns : int
        R x C TypeFusion processing elements of 4 x 4 bits, 1 to 128 each.
    max_m, max_k, max_n : int
        Largest sizes of a job, A (M x K) times W (K x N). W stays in the core, so K and N cost memory; M does not.
    flint, pot, minifloat : bool
        The types of 4 bits beside int, which is always there.
    unsigned : bool
        Unsigned activations beside signed ones. Weights are signed.
    eight_bits : bool
        Integers of 8 bits, each on two rows or two columns; both are then even.
    dsp : bool or None
        Multiply in DSP blocks, two products in each, where int and flint are the types; PoT and float have values that
        are too wide. None takes DSP blocks where they can be taken.
    beat_bytes : int
        Bytes per beat of both streams, a power of two from 4 to 256.
    wide_bits : int
        Width of the signed results that are not encoded, 8 to 32.
    lanes : int or None
        Results that the post-processor gives in a cycle: divides the columns (half of them with ``eight_bits``) and the
        wide results in a beat. None takes the most.
    sum_banks : int
        Blocks of rows whose sums are in the making or wait, 2 to 4. Where a block takes few cycles, as with few columns
        of W, two are a limit.
    multiplier_bits : int
        Width of the unsigned scale multipliers, 8 to 17.
    job_slots : int
        Jobs in flight, from START to the last result: 2 to 16.

    Raises
    ------
    ValueError
        A value out of its range; the message names it.
    """

    rows: int = 16
    columns: int = 16
    max_m: int = 1_048_575
    max_k: int = 1024
    max_n: int = 64
    flint: bool = True
    pot: bool = False
    minifloat: bool = False
    unsigned: bool = True
    eight_bits: bool = True
    dsp: bool | None = None
    beat_bytes: int = 8
    wide_bits: int = 32
    lanes: int | None = None
    sum_banks: int = 2
    multiplier_bits: int = 16
    job_slots: int = 8

    def __post_init__(self):
        check_ranges(self, RANGES)
        check_flags(self, "flint", "pot", "minifloat", "unsigned", "eight_bits")
        check_power_of_two(self, "beat_bytes")
        for name in ("rows", "columns"):
            if self.eight_bits and getattr(self, name) % 2:
                raise ValueError(f"{name} is even where eight_bits is true, not {getattr(self, name)}")
        if self.dsp is None:
            object.__setattr__(self, "dsp", not (self.pot or self.minifloat))
        if not isinstance(self.dsp, bool) or self.dsp and (self.pot or self.minifloat):
            raise ValueError(f"dsp is false with pot or minifloat, and true or false without, not {self.dsp!r}")
        together = math.gcd(self.columns // (1 + self.eight_bits), self.wide.elements(self.beat_bytes))
        if self.lanes is None:
            object.__setattr__(self, "lanes", together)
        good = [n for n in range(1, together + 1) if together % n == 0]
        wide = self.wide.elements(self.beat_bytes)
        check_choice(self, "lanes", good, f"{self.columns} columns and {wide} wide results in a beat")

    # Types ---------------------------------------------------------------------------------------------------------
    @property
    def _kinds(self):
        return [Int, *(kind for kind, on in ((Flint, self.flint), (Pot, self.pot), (Float, self.minifloat)) if on)]

    @cached_property
    def codes(self) -> tuple[Format, ...]:
        """The 4-bit types of activations: signed ones, then unsigned ones."""
        return tuple(
            kind(CODE_BITS, signed)
            for signed in ((True, False) if self.unsigned else (True,))
            for kind in self._kinds
        )

    @cached_property
    def bytes(self) -> tuple[Format, ...]:
        """The 8-bit types of activations."""
        return ((Int(8), Int(8, False)) if self.unsigned else (Int(8),)) if self.eight_bits else ()

    @cached_property
    def wide(self) -> Int:
        """Results that are not encoded."""
        return Int(self.wide_bits)

    @cached_property
    def activations(self) -> tuple[Format, ...]:
        """What ``a_type`` numbers."""
        return self.codes + self.bytes

    @cached_property
    def weights(self) -> tuple[Format, ...]:
        """What ``w_type`` numbers."""
        return tuple(form for form in self.activations if form.signed)

    @cached_property
    def results(self) -> tuple[Format, ...]:
        """What ``o_type`` numbers."""
        return (*self.activations, self.wide)

    @cached_property
    def container_sizes(self) -> tuple[int, ...]:
        """Distinct widths that a result has in a beat, in the order of ``results``."""
        return tuple(dict.fromkeys(form.container_bits for form in self.results))

    @staticmethod
    def digits(form) -> tuple[Format, ...]:
        """The types of 4 bits that a type is made of, the low digit first; their places are the sums' business."""
        return (form,) if form.bits == CODE_BITS else (Int(CODE_BITS, False), Int(CODE_BITS, form.signed))

    @classmethod
    def _all_digits(cls, forms):
        return tuple(dict.fromkeys(digit for form in forms for digit in cls.digits(form)))

    @cached_property
    def row_digits(self) -> tuple[Format, ...]:
        """What a tag of a row numbers."""
        return self._all_digits(self.activations)

    @cached_property
    def column_digits(self) -> tuple[Format, ...]:
        """What a tag of a column numbers."""
        return self._all_digits(self.weights)

    @staticmethod
    def _sum_bits(left, right, count) -> int:
        """Bits of a sum of ``count`` products of any of the types in ``left`` and ``right``."""
        corners = [a * b * count for f in left for g in right for a in (f.min, f.max) for b in (g.min, g.max)]
        return max(signed_bits(min(corners)), signed_bits(max(corners)))

    @cached_property
    def accumulator_bits(self) -> int:
        """Exact sum of K products in one processing element."""
        return self._sum_bits(self.row_digits, self.column_digits, self.max_k)

    @cached_property
    def sum_bits(self) -> int:
        """Exact sum of K products of operands, of up to four processing elements."""
        return max(self._sum_bits(self.activations, self.weights, self.max_k), self.accumulator_bits)

    @property
    def channel_scale(self) -> ChannelScale:
        """What a channel's sums are scaled by; its bias is as wide as the sum, if that fits the stream."""
        return ChannelScale(self.multiplier_bits, min(32, self.sum_bits))

    @property
    def biased_bits(self) -> int:
        """Sum and bias, exact."""
        return self.sum_bits + 1

    @property
    def halves(self) -> Int:
        """A scaled result in half steps, saturated: no narrower than the ends of any type of the results."""
        ends = (2 * end for form in self.results for end in (form.min, form.max))
        return Int(max(signed_bits(end) for end in ends))

    # Sizes ---------------------------------------------------------------------------------------------------------
    @property
    def nibbles(self) -> int:
        """Codes of 4 bits in a beat."""
        return 2 * self.beat_bytes

    def beat_places(self, form: Format) -> int:
        """Groups of ``lanes`` results in a beat."""
        return form.elements(self.beat_bytes) // self.lanes


RANGES = (
    ("rows", 1, 128),
    ("columns", 1, 128),
    ("max_m", 1, (1 << 24) - 1),
    ("max_k", 1, 8192),
    ("max_n", 1, 4096),
    ("beat_bytes", 4, 256),
    ("wide_bits", 8, 32),
    ("sum_banks", 2, 4),
    ("multiplier_bits", 8, 17),
    ("job_slots", 2, 16),
)

PRESETS = {
    "tiny": Config(rows=4, columns=4, max_m=63, max_k=24, max_n=10, beat_bytes=4, pot=True, minifloat=True),
    "default": Config(),
    "paper": Config(rows=64, columns=64, max_k=4608, max_n=64, beat_bytes=128, sum_banks=4),
    "ulx3s_85f": Config(max_k=1536),
}
