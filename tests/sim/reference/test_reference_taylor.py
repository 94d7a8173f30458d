"""The float reference of Taylor attention obeys the identities that the paper rests on."""

import numpy as np
import pytest

from attnforge.sim.reference import softmax_attention, taylor_attention

SHAPES = [(1, 1, 1), (2, 1, 3), (7, 5, 3), (16, 16, 16), (49, 16, 32), (197, 64, 64)]


def head(tokens, head_dim, value_dim, seed=0):
    rng = np.random.default_rng(seed)
    offset = rng.normal(size=head_dim)
    return (
        rng.normal(size=(tokens, head_dim)),
        rng.normal(size=(tokens, head_dim)) + offset,
        rng.normal(size=(tokens, value_dim)),
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_key_sum_is_zero_and_output_has_the_closed_form(shape):
    query, key, value = head(*shape)
    tokens, head_dim, _ = shape
    result = taylor_attention(query, key, value)
    np.testing.assert_allclose(result.key_sum, 0, atol=1e-12 * tokens)
    expected = value.mean(axis=0) + query @ result.context / (tokens * np.sqrt(head_dim))
    np.testing.assert_allclose(result.output, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_equals_the_quadratic_form(shape):
    """Linear order of the products or not: each row weighs the values by 1 + score, normalised."""
    query, key, value = head(*shape, seed=1)
    weight = 1 + query @ (key - key.mean(axis=0)).T / np.sqrt(shape[1])
    expected = weight @ value / weight.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(taylor_attention(query, key, value).output, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_correction_changes_nothing_in_exact_arithmetic(shape):
    operands = head(*shape, seed=2)
    plain = taylor_attention(*operands, correction=False)
    np.testing.assert_allclose(plain.output, taylor_attention(*operands).output, rtol=1e-12, atol=1e-12)
    assert np.unique(plain.denominator).size == 1


def test_rounded_mean_acts_as_derived():
    """With the mean off by e, Z = mean(V) + QG/(n (sqrt d + Q e)), e being what stays in the centred keys."""
    query, key, value = head(50, 8, 6, seed=3)
    exact = taylor_attention(query, key, value)
    rounded = np.round(exact.key_mean * 8) / 8
    corrected = taylor_attention(query, key, value, key_mean=rounded)
    residue = exact.key_mean - rounded
    divisor = 50 * (np.sqrt(8) + query @ residue)
    expected = value.mean(axis=0) + query @ exact.context / divisor[:, None]
    np.testing.assert_allclose(corrected.output, expected, rtol=1e-12)


@pytest.mark.parametrize("correction", [True, False])
def test_only_the_correction_keeps_the_weights_of_a_row_at_one(correction):
    """Raising all values by one raises all outputs by one, whatever the mean was rounded to."""
    query, key, value = head(50, 8, 6, seed=3)
    options = {"key_mean": np.round(key.mean(axis=0)), "correction": correction}
    raised = taylor_attention(query, key, value + 1, **options).output
    error = np.abs(raised - taylor_attention(query, key, value, **options).output - 1).max()
    assert error < 1e-12 if correction else error > 0.1


def test_tends_to_softmax_as_scores_shrink():
    """The Taylor polynomial is of first order, so the distance falls with the square of the scores."""
    query, key, value = head(40, 16, 16, seed=4)
    error = []
    for factor in (1e-2, 1e-3):
        exact = softmax_attention(query * factor, key, value).output
        error.append(np.abs(taylor_attention(query * factor, key, value).output - exact).max())
    assert error[1] == pytest.approx(error[0] / 100, rel=0.05)


def test_scale_of_integer_operands():
    query, key, value = head(20, 8, 8, seed=5)
    whole = taylor_attention(query, key, value)
    scaled = taylor_attention(query / 0.25, key / 0.5, value, scale=0.25 * 0.5 / np.sqrt(8))
    np.testing.assert_allclose(scaled.output, whole.output, rtol=1e-12)


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        (((3, 2), (4, 2), (4, 2)), r"query \(3, 2\), key \(4, 2\)"),
        (((4, 2), (4, 2), (3, 2)), r"value \(3, 2\)"),
        (((4, 2), (4, 2), (4,)), r"three non-empty matrices"),
        (((0, 2), (0, 2), (0, 2)), r"three non-empty matrices"),
    ],
)
def test_refuses_shapes_that_disagree(shapes, message):
    with pytest.raises(ValueError, match=message):
        taylor_attention(*(np.zeros(shape) for shape in shapes))


@pytest.mark.parametrize("scale", [0, -1.0, float("nan"), float("inf")])
def test_refuses_a_scale_that_is_no_scale(scale):
    with pytest.raises(ValueError, match="positive number, not"):
        taylor_attention(*head(2, 2, 2), scale=scale)


def test_refuses_a_mean_of_another_shape():
    with pytest.raises(ValueError, match=r"\(2,\), not \(3,\)"):
        taylor_attention(*head(2, 2, 2), key_mean=np.zeros(3))
