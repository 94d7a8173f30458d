"""Type selection against a search that tries everything, on real, random and odd tensors."""

import numpy as np
import pytest

from attnforge.hdl.numeric import KINDS, Flint, Float, Int, Pot, enabled_formats, select
from attnforge.sim.data import DINOV2_GEMM, DINOV2_HEADS
from attnforge.sim.reference import exhaustive_choice

BETTER_THAN_DOUBLE = 200.0  # dB: above it lies only what float64 itself rounds


def check(tensor, bits=4, signed=True, axis=None, per_channel=False):
    """Compare one selection with the exhaustive one, and its codes with what it says of them."""
    forms = enabled_formats(list(KINDS), bits, signed)
    ours = select(tensor, forms, axis=axis, per_channel=per_channel)
    kinds = [form.kind for form in forms]
    theirs = exhaustive_choice(tensor, bits, kinds, signed=signed, axis=axis, per_channel=per_channel)
    for form, sqnr in zip(forms, ours.sqnrs, strict=True):
        assert same(sqnr, theirs.sqnrs[form.kind]), (form.name, sqnr, theirs.sqnrs[form.kind])
    assert same(ours.sqnr, theirs.sqnr)
    tensor = np.asarray(tensor, np.float64)
    noise, energy = np.sum((ours.values - tensor) ** 2), np.sum(tensor**2)
    assert same(ours.sqnr, 10 * np.log10(energy / noise) if noise else np.inf)
    assert ours.codes.shape == tensor.shape and ours.codes.max() < 2**bits
    channels = () if axis is None else (tensor.shape[axis],)
    assert ours.tags.shape == ours.scales.shape == channels
    assert (ours.scales > 0).all() and sum(ours.counts.values()) == (channels or (1,))[0]
    return ours


def same(sqnr, other):
    return abs(min(sqnr, BETTER_THAN_DOUBLE) - min(other, BETTER_THAN_DOUBLE)) < 0.01


RNG = np.random.default_rng(5)
RANDOM = {
    "normal": RNG.normal(size=(48, 40)),
    "laplace": RNG.laplace(size=(48, 40)),
    "uniform": RNG.uniform(-1, 1, (48, 40)),
    "cauchy": RNG.standard_cauchy((48, 40)),
    "lognormal": np.exp(RNG.normal(0, 3, (48, 40))),
    "one outlier": np.append(RNG.normal(size=1919), 1e4).reshape(48, 40),
    "cubes": RNG.normal(size=(48, 40)) ** 3,
    "three dimensions": RNG.normal(size=(6, 5, 7)),
    "channels of many sizes": RNG.normal(size=(8, 50)) * 10.0 ** np.arange(-200, 200, 50)[:, None],
}
ODD = {
    "zeros": np.zeros((3, 4)),
    "one zero channel": np.diag([0.0, 1.0, 2.0]),
    "a tiny and a zero channel": np.array([[0.0, 0.0], [1e-200, 3e-201]]),
    "constant": np.full((4, 5), 0.3),
    "negative constant": np.full((4, 5), -7.1),
    "single": np.array([[2.5]]),
    "single negative": np.array([[-1e-3]]),
    "two": np.array([[1.0, -0.4]]),
    "integers": np.arange(-7, 8).reshape(3, 5),
    "booleans": np.array([[True, False]]),
    "half precision": RNG.normal(size=(4, 4)).astype(np.float16),
    "huge": np.array([[1e308, -1.7e308, 3e307]]),
}


@pytest.mark.parametrize("name", RANDOM)
@pytest.mark.parametrize("bits", [3, 4, 5, 6, 8])
@pytest.mark.parametrize("how", [{}, {"axis": 0}, {"axis": -1, "per_channel": True}], ids=str)
def test_random_tensors(name, bits, how):
    check(RANDOM[name], bits, **how)


@pytest.mark.parametrize("name", ["uniform", "lognormal", "cubes"])
@pytest.mark.parametrize("bits", [3, 4, 5, 7])
def test_unsigned_types(name, bits):
    check(np.abs(RANDOM[name]), bits, signed=False)
    check(np.abs(RANDOM[name]), bits, signed=False, axis=0, per_channel=True)


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("how", [{}, {"axis": 0}, {"axis": 1, "per_channel": True}], ids=str)
def test_odd_tensors(name, how):
    if name in ("huge", "a tiny and a zero channel"):
        tensor = ODD[name] / np.abs(ODD[name]).max()  # squares of what the reference sees are finite and not zero
        ours, plain = select(ODD[name], FOUR, **how), check(tensor, **how)
        assert np.array_equal(ours.codes, plain.codes) and same(ours.sqnr, plain.sqnr)
        assert np.isfinite(ours.scales).all() and np.isfinite(ours.values).all()
    else:
        check(ODD[name], **how)


FOUR = enabled_formats(list(KINDS), 4, True)


@pytest.mark.parametrize("layer", [0, 5, 11])
@pytest.mark.parametrize("letter", "qkv")
def test_activations_of_dinov2(layer, letter):
    with np.load(DINOV2_HEADS["china"]) as archive:
        check(archive[f"{letter}{layer}"])


@pytest.mark.parametrize("name, how", [
    ("x_q", {}),
    ("x_fc2", {}),
    ("w_q", {"axis": 1}),
    ("w_q", {"axis": 1, "per_channel": True}),
    ("w_fc2", {"axis": 1, "per_channel": True}),
    ("w_q", {"axis": 1, "bits": 8}),
])
def test_gemm_operands_of_dinov2(name, how):
    with np.load(DINOV2_GEMM) as archive:
        check(archive[name], **how)


def test_each_distribution_has_its_type():
    """Even values want int, normal ones flint, values over many octaves PoT or, with a sign to spare, float."""
    rng = np.random.default_rng(1)
    assert FOUR[select(rng.uniform(-1, 1, 4000), FOUR).tags] == Int(4)
    assert FOUR[select(rng.normal(size=4000), FOUR).tags] == Flint(4)
    assert FOUR[select(rng.normal(size=4000) ** 5, FOUR).tags] == Pot(4)
    five = enabled_formats(list(KINDS), 5, True)
    assert five[select(rng.normal(size=4000) ** 3, five).tags] == Float(5)


def test_of_equal_errors_the_first_type_wins():
    assert select([1.0], FOUR).tags == 0
    assert select(np.zeros(3), FOUR).tags == 0
    assert select([1.0], FOUR[1:]).tags == 0
    choice = select(np.random.default_rng(5).normal(size=2000) ** 5, FOUR)
    assert FOUR[choice.tags].kind == "pot" and choice.sqnrs[2] == choice.sqnrs[3]  # signed, 4 bits: float is PoT


def test_a_type_per_channel_is_no_worse_and_one_per_tensor_is_the_best_single_one():
    tensor = np.concatenate([RANDOM["uniform"], RANDOM["cubes"], RANDOM["normal"]])
    each, one = (select(tensor, FOUR, axis=0, per_channel=choice) for choice in (True, False))
    assert each.sqnr > one.sqnr == max(one.sqnrs)
    assert len({*each.tags.tolist()}) > 1 and len({*one.tags.tolist()}) == 1


def test_clipping_within_given_percents():
    tensor = RANDOM["normal"]
    narrow, wide = (select(tensor, FOUR, percents=range(low, 150)) for low in (100, 50))
    assert narrow.scales * FOUR[narrow.tags].max >= np.abs(tensor).max() > 0
    assert all(better >= worse for better, worse in zip(wide.sqnrs, narrow.sqnrs, strict=True))
    assert wide.sqnrs[0] > narrow.sqnrs[0]


@pytest.mark.parametrize("kinds, bits, signed, names", [
    (["pot", "int"], 4, True, "int4s pot4s"),
    (["int", "flint", "pot", "float"], 5, False, "int5u flint5u pot5u float5u"),
    (["int", "flint", "pot", "float"], 6, True, "int6s flint6s"),
    (["int", "flint"], 7, True, "int7s"),
    (["flint"], 8, False, "int8u"),
])
def test_enabled_formats(kinds, bits, signed, names):
    assert " ".join(form.name for form in enabled_formats(kinds, bits, signed)) == names


@pytest.mark.parametrize("kinds, bits, message", [
    (["int", "posit"], 4, "types are int, flint, pot, float, not 'posit'"),
    (["int"], 2, "3 to 8 bits, not 2"),
    (["int"], 9, "3 to 8 bits, not 9"),
    (["pot", "float"], 6, "none of the types pot, float has 6 bits"),
    ([], 4, r"none of the types \(none\) has 4 bits"),
])
def test_formats_that_are_refused(kinds, bits, message):
    with pytest.raises(ValueError, match=message):
        enabled_formats(kinds, bits, True)


@pytest.mark.parametrize("tensor, how, message", [
    ([1.0, np.nan, np.inf], {}, r"finite values, not nan \(2 of 3\)"),
    ([[-np.inf]], {}, r"finite values, not -inf \(1 of 1\)"),
    (np.zeros((0, 3)), {}, r"shape \(0, 3\) holds nothing"),
    (["a"], {}, "real numbers, not <U1"),
    ([1j], {}, "real numbers, not complex128"),
    (np.ones((2, 3)), {"axis": 2}, r"shape \(2, 3\) has no axis 2"),
    (np.ones((2, 3)), {"per_channel": True}, "needs the axis"),
])
def test_tensors_that_are_refused(tensor, how, message):
    with pytest.raises(ValueError, match=message):
        select(tensor, FOUR, **how)


@pytest.mark.parametrize("forms, names", [([Int(4), Flint(5)], "int4s, flint5s"), ([], "none"), ([Int(9)], "int9s")])
def test_sets_of_formats_that_are_refused(forms, names):
    with pytest.raises(ValueError, match=f"one width of up to 8 bits, not {names}"):
        select([1.0], forms)
