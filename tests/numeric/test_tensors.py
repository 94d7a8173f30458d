"""Tensors that users give: what is good passes as it is, and everything else is one line that names it."""

import numpy as np
import pytest

from attnforge.hdl.contract.design import Segment
from attnforge.hdl.numeric import InputError, Int, float_tensors, integer_tensors

SHAPES = {"k": ("keys", "dim"), "v": ("keys", "wide"), "b": ("wide",)}
SIZES = {"keys": (1, 9), "dim": (1, 4), "wide": (1, None)}
GOOD = {"k": np.ones((3, 4)), "v": np.ones((3, 2)), "b": [0.5, 1]}
SEGMENTS = (Segment("a", (2, 3), Int(8)), Segment("w", (1, 1), Int(4, signed=False)))
INTEGERS = {"a": np.arange(6).reshape(2, 3), "w": [[15]]}


def floats(**changed):
    tensors = {name: values for name, values in {**GOOD, **changed}.items() if values is not None}
    return float_tensors(tensors, SHAPES, SIZES, optional=("b",))


@pytest.mark.parametrize("kind", ["f2", "f4", "f8", "g", "i1", "u8", "?"])
def test_real_numbers_of_any_type_become_float64(kind):
    found = floats(k=np.ones((3, 4), kind))
    assert {name: values.dtype for name, values in found.items()} == dict.fromkeys("kvb", np.dtype(np.float64))
    assert found["b"].tolist() == [0.5, 1] and (found["k"] == 1).all()
    assert list(floats(b=None)) == ["k", "v"]


@pytest.mark.parametrize("changed, message", [
    ({"k": None}, "tensor 'k' is missing; there must be k, v, b (or not)"),
    ({"q": 1}, "tensor 'q' is unknown; there must be k, v, b (or not)"),
    ({"k": np.ones((3, 5))}, "tensor 'k' must have the shape (keys = 1 to 9, dim = 1 to 4), not (3, 5)"),
    ({"k": np.ones((0, 4))}, "tensor 'k' must have the shape (keys = 1 to 9, dim = 1 to 4), not (0, 4)"),
    ({"v": np.ones((4, 2))}, "tensor 'v' must have the shape (keys = 3, wide from 1 up), not (4, 2)"),
    ({"v": np.ones(3)}, "tensor 'v' must have the shape (keys = 3, wide from 1 up), not (3,)"),
    ({"b": np.ones((1, 2))}, "tensor 'b' must have the shape (wide = 2,), not (1, 2)"),
    ({"b": 3.0}, "tensor 'b' must have the shape (wide = 2,), not ()"),
    ({"b": [1, np.nan]}, "tensor 'b' of shape (2,) must hold finite numbers, not nan (1 of 2)"),
    ({"k": np.full((3, 4), -np.inf)}, "tensor 'k' of shape (3, 4) must hold finite numbers, not -inf (12 of 12)"),
    ({"b": [0, 1e-307]},
     "tensor 'b' of shape (2,) must hold zeros and magnitudes from 1e-306 to 1e+306, not 1e-307 (1 of 2)"),
    ({"v": np.ones((3, 2), complex)}, "tensor 'v' of shape (3, 2) must hold real numbers, not complex128"),
    ({"v": [["a"] * 2] * 3}, "tensor 'v' of shape (3, 2) must hold real numbers, not <U1"),
    ({"b": [None, 1]}, "tensor 'b' of shape (2,) must hold real numbers, not object"),
    ({"v": [[1], [1, 2]]}, "tensor 'v' must be an array of real numbers, not rows of several lengths"),
])  # fmt: skip
def test_float_tensors_that_are_refused(changed, message):
    with pytest.raises(InputError) as error:
        floats(**changed)
    assert str(error.value) == message


def test_tensors_come_by_name():
    with pytest.raises(InputError, match="^tensors must be given by name, k, v, b, not as list$"):
        float_tensors([GOOD["k"]], SHAPES, SIZES)


@pytest.mark.parametrize("values", [[[0, 1, 2], [3, 4, 5]], np.arange(6.0).reshape(2, 3), np.ones((2, 3), bool),
                                    np.full((2, 3), 127, np.uint64)])
def test_whole_numbers_of_any_type_become_int64(values):
    found = integer_tensors(SEGMENTS, {**INTEGERS, "a": values})
    assert found["a"].dtype == np.int64 and np.array_equal(found["a"], values)


@pytest.mark.parametrize("changed, message", [
    ({"a": np.full((2, 3), 0.5)}, "tensor 'a' of shape (2, 3) must hold whole numbers, not 0.5 (6 of 6)"),
    ({"a": np.full((2, 3), np.nan)}, "tensor 'a' of shape (2, 3) must hold finite numbers, not nan (6 of 6)"),
    ({"a": [[128, 0, 0], [0, 0, -129]]}, "tensor 'a' of shape (2, 3) must hold -128 to 127, not 128 (2 of 6)"),
    ({"a": np.full((2, 3), 1e300)}, "tensor 'a' of shape (2, 3) must hold -128 to 127, not 1e+300 (6 of 6)"),
    ({"a": np.full((2, 3), 2**64 - 1, np.uint64)},
     "tensor 'a' of shape (2, 3) must hold -128 to 127, not 18446744073709551615 (6 of 6)"),
    ({"a": [[2**70, 0, 0]] * 2}, "tensor 'a' of shape (2, 3) must hold real numbers, not object"),
    ({"w": [[-1]]}, "tensor 'w' of shape (1, 1) must hold 0 to 15, not -1 (1 of 1)"),
    ({"w": [15]}, "tensor 'w' must have the shape (1, 1), not (1,)"),
    ({"more": [15]}, "tensor 'more' is unknown; there must be a, w"),
])  # fmt: skip
def test_integer_tensors_that_are_refused(changed, message):
    with pytest.raises(InputError) as error:
        integer_tensors(SEGMENTS, {**INTEGERS, **changed})
    assert str(error.value) == message
