"""How far results can be from Taylor attention of the same integer operands: a closed bound, from the widths alone.

It holds for the registers that `quantise_head` makes, which keeps three promises. With e the LSB of the results and a
the value of one unit of Q Khat^T (s_q s_k / 2^F)::

    max |mean(V)|                           <=  MEAN e out.max
    max ||Q_t||_1 max |G| a / (n sqrt(d))   <=  SPREAD e out.max
    n sqrt(d), in LSBs of the numerator     >=  least_denominator

Where a head allows all, e is the least for which the results fit, as it is for those of networks. Where its terms
cancel each other further than that, e is as much larger as the promises need. The third one follows from the second,
but for heads whose whole G is a few units.
"""

import math

from attnforge.hdl.vitality.widths import FACTOR_INTEGER_BITS, MEAN, SPREAD, WIDTHS

__all__ = ["MOST", "bound", "check_bound"]

MOST = 2  # LSBs; beyond it a config says that it is lossy
WIDEST = {name: high for name, _, high in WIDTHS}


def shares(config) -> dict[str, float]:
    """What each width adds to the bound, in LSBs of the results, by the config field that makes it smaller.

    The result is N / D, with the integer D = ``denominator_base`` for n sqrt(d): an error of N is divided by D.

    ``g_bits``, ``denominator_bits``
        G is rounded to multiples of 2^g_shift, which moves Q G by ||Q_t||_1 / 2 at most. Either the shift is the least
        for which G fits; then this is at most SPREAD out.max / (g.max + 1/2) LSBs. Or it is the least for which D fits;
        then D is more than half of its limit. The larger one counts.
    ``numerator_fraction_bits``
        Integers: D is rounded, which changes a result by 1 / 2D of itself; so is the value term, before it is
        multiplied by the row's factor of at most 2^FACTOR_INTEGER_BITS; the product is cut off.
    ``multiplier_bits``
        Those of vsum and of Q ksum^T are rounded. Mean(V) times the factor is a result less Q G, at most 1 + SPREAD
        times out.max; the rest of mean(V) is at most MEAN out.max more.
    ``out_bits``
        Both parts of the factor, its base and what is taken from it, are rounded to ``factor_fraction_bits``, which
        follow from ``out_bits``; the factor meets MEAN out.max.
    """
    peak = config.result.max
    by_g = SPREAD * peak / (config.g.max + 0.5)
    most_query = config.max_head_dim * config.operand.max * 2**config.numerator_fraction_bits
    by_denominator = most_query / config.denominator_limit
    integers = (peak + 2**FACTOR_INTEGER_BITS + 2) / 2 / config.least_denominator
    return {
        "g_bits": by_g if by_g >= by_denominator else 0.0,
        "denominator_bits": by_denominator if by_denominator > by_g else 0.0,
        "numerator_fraction_bits": integers,
        "multiplier_bits": (2 + 2 * SPREAD + MEAN) * peak / 2**config.multiplier_bits,
        "out_bits": MEAN * peak / 2**config.factor_fraction_bits,
    }


def bound(config) -> float:
    """Largest distance of ``model`` from Taylor attention of the same integers, in LSBs of the results.

    Half an LSB for the division's rounding, and the sum of `shares`, with 1 % for the products of two errors. Infinite
    where no row's factor takes out what the rounding of kbar does: that grows with the scores, without an end.
    """
    return 0.5 + 1.01 * sum(shares(config).values()) if config.corrects_terms else math.inf


def check_bound(config):
    """Refuse a config of more than `MOST` LSBs that does not say ``lossy``.

    Raises
    ------
    ValueError
    """
    if config.lossy or (found := bound(config)) <= MOST:
        return
    if not config.corrects_terms:
        field = "row_denominator = true" if config.key_sum else "key_sum = false"
        raise ValueError(f"{field} needs lossy = true: the rounding of the mean of K moves results without a bound")
    share = shares(config)
    field = max(share, key=share.get)
    if field == "denominator_bits":
        remedy = "raise denominator_bits or lower numerator_fraction_bits, or "
    else:
        remedy = f"raise {field}, or " if getattr(config, field) < WIDEST.get(field, 0) else ""
    raise ValueError(
        f"{field} of {getattr(config, field)} leaves results up to {found:.1f} LSB off, and {MOST} are allowed: "
        f"{remedy}set lossy = true"
    )
