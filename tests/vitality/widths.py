"""The table of widths in hdl/vitality/README.md: the defaults of each width of operands, and how far results are off.

    python -m tests.vitality.widths
"""

import numpy as np

from attnforge.hdl.vitality import Config
from attnforge.hdl.vitality.bound import bound
from tests.vitality.heads import constructed, errors, pieces

WIDTHS = [(bits, out_bits) for bits in (4, 8, 12, 16) for out_bits in sorted({8, bits})]
PIECES, CONSTRUCTED = 500, 200
LONGEST = 8192


def summary(config, heads):
    """Share of the results within one LSB, and the largest error."""
    found = np.concatenate([errors(config, head)[0] for head in heads])
    return float(np.mean(found <= 1 + 1e-9)), float(found.max())


def measure(config, pieces_count=PIECES, constructed_count=CONSTRUCTED, seed=11, tokens=LONGEST):
    """`summary` of pieces of the photographs' heads, and of constructed heads."""
    return (summary(config, pieces(seed, pieces_count)),
            summary(config, constructed(config, seed, constructed_count, tokens)))


def config_of(bits, out_bits, **values):
    """The default widths for heads of up to 8,192 tokens."""
    return Config(bits=bits, out_bits=out_bits, max_tokens=LONGEST, **values)


def row(bits, out_bits):
    """A line of the table."""
    c = config_of(bits, out_bits)
    (within, worst), (made_within, made_worst) = measure(c)
    return (f"| {bits} | {out_bits} | {c.centred_key.bits} | {c.g_bits} | {c.numerator_fraction_bits} "
            f"| {c.denominator_bits} | {c.multiplier_bits} | {bound(c):.2f} | {within:.3%} | {worst:.2f} "
            f"| {made_within:.3%} | {made_worst:.2f} |")


def main():
    """Print the table."""
    print("| `bits` | `out_bits` | Khat | G | numerator's fraction | denominator | multipliers | bound, LSB "
          "| pieces: within one LSB | worst | constructed: within one LSB | worst |")
    print("|---:|" + "---:|" * 11)
    for widths in WIDTHS:
        print(row(*widths), flush=True)


if __name__ == "__main__":
    main()
