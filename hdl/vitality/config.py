"""What is fixed when a ViTALiTy core is generated, and every width that follows from it."""

import math
from dataclasses import dataclass

from attnforge.hdl.contract.config_checks import check_choice, check_flags, check_power_of_two, check_ranges
from attnforge.hdl.numeric import Int
from attnforge.hdl.parts.arithmetic.divider import Divider
from attnforge.hdl.parts.arithmetic.serial_scale import SerialScale
from attnforge.hdl.vitality.bound import check_bound
from attnforge.hdl.vitality.widths import DEFAULT_WIDTHS, FACTOR_INTEGER_BITS, MEAN, SIZES, SPREAD, WIDTHS

__all__ = ["PRESETS", "Config"]

VALUE_SHIFT_BITS = 6  # of the job's right shift after ``value_multiplier``


def signed_bits(magnitude: int) -> int:
    """Bits of the two's-complement integers from -magnitude to magnitude."""
    return magnitude.bit_length() + 1


def default_dividers(columns: int, reduction_tiles: int, most: int) -> int:
    """Fewest dividers that keep up with SA-General: a divisor of ``columns``, at most ``most``."""
    choices = [n for n in range(1, columns + 1) if columns % n == 0 and n <= most]
    return next((n for n in choices if n * reduction_tiles >= columns), choices[-1])


@dataclass(frozen=True)
class Config:
    """Sizes and widths of a core (paper symbols: n tokens, d and d_v features of a head; arXiv 2211.05109, section IV).

    Parameters
    ----------
    rows, columns : int
        R x C processing elements of SA-General, 1 to 128 each; SA-Diag adds one column.
    max_tokens, max_head_dim, max_value_dim : int
        Largest n, d and d_v of a job.
    bits : int
        Width of the signed operands Q, K and V, 2 to 16.
    out_bits : int
        Width of the signed results Z, 2 to 16.
    beat_bytes : int
        Bytes per beat of both streams, a power of two from 1 to 256.
    dividers : int or None
        Lanes of the post-processor's adder and divider arrays; divides ``columns`` and is at most the results in a
        beat. None takes the fewest that keep up with the array.
    mean_fraction_bits : int or None
        Fraction bits of the mean kbar, and so of Khat, 0 to 8. None takes 1 for operands of up to 5 bits and 0 above,
        since what kbar's rounding does is taken out again; and 12 bits for kbar where it is not.
    g_bits : int or None
        Width of G = Khat^T V as the stationary operand of Q G, 4 to 20. None takes 4 more than ``out_bits``.
    numerator_fraction_bits : int or None
        Fraction bits of the numerator (step 5) beside those of Q G, 0 to 16. None takes the fewest for the bound.
    denominator_bits : int or None
        Width of the unsigned divisor of step 6, 8 to 32. None takes the fewest for the bound.
    multiplier_bits : int or None
        Width of the unsigned scale multipliers, 8 to 24. None takes 8 more than ``out_bits``.
    key_sum : bool
        Compute Q ksum^T in SA-Diag (steps 3 and 4). Without it what the rounding of kbar does stays in the results.
    row_denominator : bool
        Divide each row by its own n sqrt(d) + Q ksum^T, as step 4 of the paper has it, and leave the value term as it
        is. Without it the denominator is n sqrt(d), and Q ksum^T scales the row's value terms.
    lossy : bool
        Accept a config whose results may be more than 2 LSB off; see ``bound.py``.
    serial : bool
        Divide, and scale the sums of V, a bit per cycle, for arrays of a few elements: ``mean_interval`` cycles per
        feature, ``term_interval`` per column, ``quotient_interval`` per result of each of the ``dividers``.
    job_slots : int
        Jobs in flight, from START to the last result: 2 to 16; eight are never the limit.

    Raises
    ------
    ValueError
        A value out of its range; the message names it.
    """

    rows: int = 16
    columns: int = 16
    max_tokens: int = 257
    max_head_dim: int = 64
    max_value_dim: int = 64
    bits: int = 8
    out_bits: int = 8
    beat_bytes: int = 8
    dividers: int | None = None
    mean_fraction_bits: int | None = None
    g_bits: int | None = None
    numerator_fraction_bits: int | None = None
    denominator_bits: int | None = None
    multiplier_bits: int | None = None
    key_sum: bool = True
    row_denominator: bool = False
    lossy: bool = False
    serial: bool = False
    job_slots: int = 8

    def __post_init__(self):
        check_ranges(self, SIZES)
        check_power_of_two(self, "beat_bytes")
        check_flags(self, "key_sum", "row_denominator", "lossy", "serial")
        for name, low, high in WIDTHS:  # some follow from those before
            if getattr(self, name) is None:
                object.__setattr__(self, name, min(high, max(low, DEFAULT_WIDTHS[name](self))))
            check_ranges(self, [(name, low, high)])
        if self.row_denominator and not self.key_sum:
            raise ValueError("row_denominator = true needs key_sum = true")
        for name in ("bits", "out_bits"):
            if Int(getattr(self, name)).elements(self.beat_bytes) < 1:
                raise ValueError(f"beat_bytes of {self.beat_bytes} holds no element of {name} = {getattr(self, name)}")
        most = min(self.columns, self.result.elements(self.beat_bytes))
        if self.dividers is None:
            tiles = math.ceil(self.max_head_dim / self.rows)
            object.__setattr__(self, "dividers", default_dividers(self.columns, tiles, most))
        good = [n for n in range(1, most + 1) if self.columns % n == 0]
        check_choice(self, "dividers", good, f"{self.columns} columns and {self.result_elements} results in a beat")
        check_bound(self)

    # Formats -------------------------------------------------------------------------------------------------------
    @property
    def operand(self) -> Int:
        """Q, K and V."""
        return Int(self.bits)

    @property
    def result(self) -> Int:
        """Z."""
        return Int(self.out_bits)

    @property
    def key_mean(self) -> Int:
        """kbar, with ``mean_fraction_bits`` fraction bits."""
        return Int(self.bits + self.mean_fraction_bits)

    @property
    def centred_key(self) -> Int:
        """Khat = K - kbar, exact: one bit of growth."""
        return Int(self.bits + self.mean_fraction_bits + 1)

    @property
    def key_residue(self) -> Int:
        """ksum = 1^T Khat: what the rounding of kbar leaves, at most n / 2 in size."""
        return Int(max(2, signed_bits(self.max_tokens // 2)))

    @property
    def g(self) -> Int:
        """G, narrowed."""
        return Int(self.g_bits)

    @property
    def stationary(self) -> Int:
        """What a PE of SA-General holds: an element of V or of G."""
        return Int(max(self.bits, self.g_bits))

    @property
    def moving(self) -> Int:
        """What passes through the rows: Khat or Q."""
        return self.centred_key

    def _g_sum(self, tokens: int) -> int:
        return signed_bits(tokens * ((1 << self.bits) - 1 << self.mean_fraction_bits) * -self.operand.min)

    def _qg_sum(self, features: int) -> int:
        return signed_bits(features * self.operand.min * self.g.min)

    @property
    def partial_bits(self) -> int:
        """Sum of one pass down the R rows of SA-General."""
        return max(self._g_sum(self.rows), self._qg_sum(self.rows))

    @property
    def sum_bits(self) -> int:
        """Exact sum over all tokens (G) or all features (Q G)."""
        return max(self._g_sum(self.max_tokens), self._qg_sum(self.max_head_dim), self.partial_bits)

    @property
    def g_shift_bits(self) -> int:
        """Width of the job's shift that narrows the sum to G."""
        return max(5, self.sum_bits.bit_length())

    @property
    def diagonal_partial_bits(self) -> int:
        """Sum of one pass down the R rows of SA-Diag."""
        return signed_bits(self.rows * self.operand.min * self.key_residue.min)

    @property
    def diagonal_bits(self) -> int:
        """Exact Q ksum^T of one token."""
        return max(signed_bits(self.max_head_dim * self.operand.min * self.key_residue.min), self.diagonal_partial_bits)

    @property
    def column_sum_bits(self) -> int:
        """Exact sum of one column of K or V over all tokens."""
        return signed_bits(self.max_tokens * -self.operand.min)

    @property
    def value_term_bits(self) -> int:
        """sqrt(d) vsum in the numerator's units: saturated, but a mean of V of up to MEAN times Z's peak fits."""
        return self.denominator_bits + self.out_bits + MEAN.bit_length() - 1

    @property
    def value_shift_offset(self) -> int:
        """Static left shift of ``value_multiplier``, so that the job's right shift reaches every factor in use."""
        return max(0, self.value_term_bits - 1 - self.multiplier_bits)

    @property
    def row_term_bits(self) -> int:
        """The value term of a row: times the row's factor, without its fraction, also where both are the least."""
        return self.value_term_bits + (FACTOR_INTEGER_BITS + 1) * self.corrects_terms

    @property
    def numerator_bits(self) -> int:
        """Step 5: the exact sum of both terms."""
        return max(self._qg_sum(self.max_head_dim) + self.numerator_fraction_bits, self.row_term_bits) + 1

    # The row's factor and the denominator --------------------------------------------------------------------------
    @property
    def corrects_terms(self) -> bool:
        """Q ksum^T scales the row's value terms, so that results do not depend on how kbar is rounded."""
        return self.key_sum and not self.row_denominator

    @property
    def factor_fraction_bits(self) -> int:
        """Fraction bits of a row's factor, 1 - Q ksum^T a / (n sqrt d), where it is below 2^FACTOR_INTEGER_BITS."""
        return self.out_bits + 3

    @property
    def factor(self) -> Int:
        """A row's factor."""
        return Int(FACTOR_INTEGER_BITS + self.factor_fraction_bits + 1)

    @property
    def factor_offset(self) -> int:
        """Static left shift of ``key_sum_multiplier`` on the way to the factor, from which 1 is still to be taken."""
        return max(0, self.factor.bits - self.multiplier_bits)

    @property
    def denominator_limit(self) -> int:
        """Largest n sqrt(d) of a job: a quarter of the range stays free for the Q ksum^T of a row."""
        return (1 << self.denominator_bits) - 1 if not self.row_denominator else 3 << self.denominator_bits - 2

    @property
    def least_denominator(self) -> int:
        """n sqrt(d) of a job is at least this, in LSBs of the numerator: the bound counts on it.

        Four times the range of Z; or what the narrowest G in use and the denominator's width leave of it.
        """
        from_g = (self.operand.max << self.numerator_fraction_bits + self.g_bits - 2) // (SPREAD * self.result.max)
        return max(1, min(4 << self.out_bits, from_g, 1 << self.denominator_bits - 2))

    # Cycles --------------------------------------------------------------------------------------------------------
    @property
    def mean_interval(self) -> int:
        """From one division of the mean to the next."""
        return Divider.spacing(self.key_mean.bits, self.serial)

    @property
    def quotient_interval(self) -> int:
        """From one group of quotients to the next."""
        return Divider.spacing(self.result.bits, self.serial)

    @property
    def term_interval(self) -> int:
        """From one scaled sum of V to the next."""
        return SerialScale.cycles(self.multiplier_bits, VALUE_SHIFT_BITS) + 1 if self.serial else 1

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
    def token_bits(self) -> int:
        """Width of a count of tokens."""
        return self.max_tokens.bit_length()


PRESETS = {
    "tiny": Config(rows=3, columns=4, max_tokens=12, max_head_dim=7, max_value_dim=10, beat_bytes=4),
    "default": Config(),
    "paper": Config(rows=64, columns=64, beat_bytes=128),
    "ulx3s_85f": Config(rows=8, columns=8, beat_bytes=4),
    "icebreaker": Config(
        rows=2,
        columns=2,
        max_tokens=32,
        max_head_dim=16,
        max_value_dim=16,
        beat_bytes=1,
        multiplier_bits=10,
        key_sum=False,
        lossy=True,  # SA-Diag would be a quarter of the cells; real heads keep within one LSB without it
        serial=True,
        job_slots=2,
    ),
}
