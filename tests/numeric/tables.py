"""Values of the formats by code, written out: nothing here comes from the code under test."""

from attnforge.hdl.numeric import Flint, Float, Int, Pot

MAGNITUDES = {
    ("flint", 2): [0, 1, 4, 2],
    ("flint", 3): [0, 1, 2, 3, 16, 8, 4, 6],
    ("flint", 4): [0, 1, 2, 3, 4, 5, 6, 7, 64, 32, 16, 24, 8, 10, 12, 14],
    ("flint", 5): [*range(16), 256, 128, 64, 96, 32, 40, 48, 56, *range(16, 32, 2)],
    ("flint", 6): [*range(32), 1024, 512, 256, 384, 128, 160, 192, 224, *range(64, 128, 8), *range(32, 64, 2)],
    ("flint", 7): [*range(64), 4096, 2048, 1024, 1536, 512, 640, 768, 896, *range(256, 512, 32), *range(128, 256, 8),
                   *range(64, 128, 2)],
    ("flint", 8): [*range(128), 16384, 8192, 4096, 6144, 2048, 2560, 3072, 3584, *range(1024, 2048, 128),
                   *range(512, 1024, 32), *range(256, 512, 8), *range(128, 256, 2)],
    ("pot", 2): [0, 1, 2, 4],
    ("pot", 3): [0, 1, 2, 4, 8, 16, 32, 64],
    ("pot", 4): [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384],
    ("pot", 5): [0, *(2**power for power in range(31))],
    ("float", 2): [0, 1, 2, 4],
    ("float", 3): [0, 1, 2, 4, 8, 16, 32, 64],
    ("float", 4): [0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192],
    ("float", 5): [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160,
                   192, 224, 256, 320, 384, 448],
}
"""Unsigned codes, by kind and width."""


def table(form):
    """The value of every code."""
    if isinstance(form, Int):
        half = 2 ** (form.bits - 1)
        return [*range(half), *range(-half, 0)] if form.signed else [*range(2 * half)]
    magnitudes = MAGNITUDES[form.kind, form.bits - form.signed]
    return [*magnitudes, *(-value for value in magnitudes)] if form.signed else magnitudes


WIDTHS = {Int: range(3, 9), Flint: range(3, 9), Pot: range(3, 6), Float: range(3, 6)}
FORMS = [kind(bits, signed) for kind, widths in WIDTHS.items() for bits in widths for signed in (True, False)]
FOUR_BITS = [form for form in FORMS if form.bits == 4]
