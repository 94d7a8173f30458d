"""The formats: every code against written tables, rounding against exact arithmetic, products of decoded factors."""

import bisect
import itertools
from fractions import Fraction

import numpy as np
import pytest

from attnforge.hdl.numeric import KINDS, Flint, Float, Int, Pot, base_shape, max_exponent, quantise
from tests.numeric.tables import FORMS, FOUR_BITS, table

every_form = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)


@every_form
def test_every_code_has_the_value_of_the_table(form):
    wanted = table(form)
    codes = np.arange(2**form.bits)
    assert form.value(codes).tolist() == wanted
    assert form.grid.tolist() == sorted(set(wanted))
    assert (form.min, form.max) == (min(wanted), max(wanted))
    base, exponent = form.decode(codes)
    assert [int(b) << int(e) for b, e in zip(base, exponent, strict=True)] == wanted
    assert form.max_exponent == exponent.max()
    shape = form.base_shape
    least = -(1 << shape.width - 1) if shape.signed else 0
    assert least <= base.min() and base.max() < least + (1 << shape.width)
    assert shape.width <= form.bits


@pytest.mark.parametrize("form, grid", [
    (Int(4), [*range(-8, 8)]),
    (Int(5), [*range(-16, 16)]),
    (Flint(4), [-16, -8, -6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 8, 16]),
    (Flint(3, False), [0, 1, 2, 3, 4, 6, 8, 16]),
    (Flint(4, False), [*range(9), 10, 12, 14, 16, 24, 32, 64]),
    (Pot(4), [-64, -32, -16, -8, -4, -2, -1, 0, 1, 2, 4, 8, 16, 32, 64]),
    (Float(4), [-64, -32, -16, -8, -4, -2, -1, 0, 1, 2, 4, 8, 16, 32, 64]),
    (Float(4, False), [0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192]),
], ids=lambda item: getattr(item, "name", ""))
def test_grids(form, grid):
    assert form.grid.tolist() == grid


@pytest.mark.parametrize("form", [Flint(8), Flint(8, False)])
def test_exponents_of_flint_are_even_and_a_base_fits_the_magnitude(form):
    base, exponent = form.decode(np.arange(256))
    assert not (exponent % 2).any()
    assert abs(base).max() < 2**form.magnitude_bits


def nearest(form, value):
    """Nearest value, the larger one of two: of the two neighbours, compared as fractions."""
    grid = form.grid.tolist()
    above = bisect.bisect_left(grid, value)
    neighbours = grid[max(0, above - 1) : above + 1]
    return max(neighbours, key=lambda item: (-abs(Fraction(value) - item), item))


def samples(form):
    """Every value, every midpoint, what lies just beside them, and what lies outside."""
    grid = form.grid
    step = np.concatenate([np.diff(grid), [1]])
    points = np.concatenate([grid, grid + step / 2, grid + step / 4, [grid[0] - 1, grid[0] - 1e9, grid[-1] + 1e9]])
    return np.concatenate([points, np.nextafter(points, np.inf), np.nextafter(points, -np.inf)])


@every_form
def test_nearest_is_exact_with_ties_to_the_larger_value(form):
    points = samples(form)
    wanted = [nearest(form, point) for point in points]
    assert form.nearest(points).tolist() == wanted
    assert form.value(form.code(points)).tolist() == wanted
    assert quantise(points * 4, 4, form).tolist() == wanted


@every_form
@pytest.mark.parametrize("fraction_bits", [0, 1, 3])
def test_integers_with_fraction_bits_round_exactly(form, fraction_bits):
    limit = min(max(abs(form.min), form.max), 1000) + 3 << fraction_bits
    values = np.arange(-limit, limit)
    wanted = form.nearest(values / 2**fraction_bits)
    assert np.array_equal(form.nearest(values, fraction_bits), wanted)
    assert np.array_equal(form.value(form.code(values, fraction_bits)), wanted)


@every_form
def test_a_scaled_sum_that_was_cut_to_halves_is_still_rounded_once(form):
    """Midpoints are multiples of one half: what a multiplier with a shift leaves below may be dropped before."""
    rng = np.random.default_rng(form.bits)
    shift = 12
    sums, multipliers = rng.integers(-(2**15), 2**15, 400), rng.integers(1, 2 * form.max, 400)
    halves = (sums * multipliers) >> (shift - 1)
    products = zip(sums.tolist(), multipliers.tolist(), strict=True)
    assert form.nearest(halves, 1).tolist() == [nearest(form, Fraction(a * b, 2**shift)) for a, b in products]


def test_ties_below_zero_go_up():
    values = [-12, -7, -5, -3.5, -2.5, -0.5, 0.5, 5, 12]
    assert Flint(4).nearest(values).tolist() == [-8, -6, -4, -3, -2, 0, 1, 6, 16]
    assert Pot(4).nearest([-48, -3, -1.5, 1.5, 48]).tolist() == [-32, -2, -1, 2, 64]
    assert Int(4).nearest([-8.5, -7.5, -0.5, 0.5]).tolist() == [-8, -7, 0, 1]


@every_form
def test_extremes_saturate(form):
    assert form.nearest([-np.inf, np.inf]).tolist() == [form.min, form.max]
    assert form.nearest(np.array([-(2**40), 2**40])).tolist() == [form.min, form.max]


@pytest.mark.parametrize("form", [form for form in FORMS if form.signed and form.kind != "int"])
def test_minus_zero_means_zero_and_zero_has_code_0(form):
    assert form.value(2 ** (form.bits - 1)) == 0
    assert form.code([0.0, -0.0, -0.25]).tolist() == [0, 0, 0]


@every_form
def test_what_is_not_a_number_is_refused(form):
    with pytest.raises(ValueError, match="not a number"):
        form.code([0.0, np.nan])


PAIRS = list(itertools.product(FOUR_BITS, repeat=2))


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: "*".join(form.name for form in pair))
def test_products_of_bases_shifted_by_both_exponents_are_products_of_values(pair):
    (base_a, exponent_a), (base_b, exponent_b) = (form.decode(np.arange(16)) for form in pair)
    product = np.multiply.outer(base_a, base_b) << np.add.outer(exponent_a, exponent_b)
    assert np.array_equal(product, np.multiply.outer(table(pair[0]), table(pair[1])))


@pytest.mark.parametrize("form", [Int(8), Int(8, False), Int(12)])
def test_digits_add_up_to_the_integer(form):
    codes = np.arange(2**form.bits)
    digits = form.digits()
    assert [digit.max_exponent for digit in digits] == [*range(0, form.bits, 4)]
    assert [digit.signed for digit in digits] == [False] * (len(digits) - 1) + [form.signed]
    total = sum(digit.value(codes >> digit.place & 15) for digit in digits)
    assert np.array_equal(total, form.value(codes))


def test_a_width_of_no_whole_digits_is_refused():
    with pytest.raises(ValueError, match="6 bits are no whole number of digits of 4 bits"):
        Int(6).digits()


@pytest.mark.parametrize("kind, bits, low, high", [(Flint, 2, 3, 8), (Flint, 9, 3, 8), (Pot, 6, 3, 5), (Float, 2, 3, 5),
                                                   (Float, 4.0, 3, 5)])
def test_widths_that_a_format_lacks_are_refused(kind, bits, low, high):
    with pytest.raises(ValueError, match=f"a {kind.kind} format has {low} to {high} bits, not {bits!r}"):
        kind(bits)


def test_shapes_for_several_formats():
    signed = [kind(4) for kind in KINDS.values()]
    unsigned = [kind(4, False) for kind in KINDS.values()]
    assert (base_shape(signed).width, base_shape(signed).signed, max_exponent(signed)) == (4, True, 6)
    assert (base_shape(unsigned).width, base_shape(unsigned).signed, max_exponent(unsigned)) == (4, False, 14)
    assert (base_shape(signed + unsigned).width, max_exponent([Int(4)])) == (5, 0)
    assert base_shape([Pot(4, False), Flint(4)]).width == 4


def test_formats_are_values_with_names():
    assert len({*FORMS}) == len(FORMS) == len({form.name for form in FORMS})
    assert (Flint(4).name, Int(8, False).name) == ("flint4s", "int8u")
    assert [form.name for form in Int(8).digits()] == ["digit4u@0", "digit4s@4"]
    assert Flint(4) == Flint(4, True) and Flint(4) != Pot(4)
