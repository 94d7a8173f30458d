"""Ranges of the config's fields, and the widths that it takes by itself: the fewest bits for the bound."""

__all__ = ["DEFAULT_WIDTHS", "FACTOR_INTEGER_BITS", "MEAN", "SIZES", "SPREAD", "WIDTHS"]

# What the bound takes for granted of a head; see ``bound.py``.
MEAN = 4  # peak of mean(V) over the peak of the results, at most
SPREAD = 16  # largest sum of the |q| of a token times the peak of G, over the peak of the results, at most
FACTOR_INTEGER_BITS = 4  # of a row's factor: 2**4 MEAN >= 2 (1 + SPREAD), so that every head has room


def default_mean_fraction_bits(config) -> int:
    """One where operands are coarse, or as many as keep the rounding of kbar small where it stays in the results."""
    return int(config.bits <= 5) if config.corrects_terms else 12 - config.bits


def default_numerator_fraction_bits(config) -> int:
    """As many as make `Config.least_denominator` four times the range of Z."""
    from_g = config.bits - 1 + config.g_bits - 2 - (SPREAD.bit_length() - 1) - (config.out_bits - 1)
    return config.out_bits + 2 - from_g


def default_denominator_bits(config) -> int:
    """As many as keep what a coarser G does to Q G below half an LSB."""
    query = (config.max_head_dim * config.operand.max).bit_length()
    return max(config.numerator_fraction_bits + query + 1, config.out_bits + 4)


SIZES = (
    ("rows", 1, 128),
    ("columns", 1, 128),
    ("max_tokens", 1, 8192),
    ("max_head_dim", 1, 512),
    ("max_value_dim", 1, 512),
    ("bits", 2, 16),
    ("out_bits", 2, 16),
    ("beat_bytes", 1, 256),
    ("job_slots", 2, 16),
)
WIDTHS = (
    ("mean_fraction_bits", 0, 8),
    ("g_bits", 4, 20),
    ("numerator_fraction_bits", 0, 16),
    ("denominator_bits", 8, 32),
    ("multiplier_bits", 8, 24),
)
# Of widths that are None, clipped to their ranges.
DEFAULT_WIDTHS = {
    "mean_fraction_bits": default_mean_fraction_bits,
    "g_bits": lambda config: config.out_bits + 4,
    "numerator_fraction_bits": default_numerator_fraction_bits,
    "denominator_bits": default_denominator_bits,
    "multiplier_bits": lambda config: config.out_bits + 8,
}
