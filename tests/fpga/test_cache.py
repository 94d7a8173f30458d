"""The cache: same inputs, same folder; a kept value is not made again."""

import pytest

from fpga import cache


def test_digest_follows_every_input():
    digests = {cache.digest(*inputs) for inputs in [("a", 1), ("a", 2), ("b", 1), ("a", [1]), ("a1",), ("a",)]}
    assert len(digests) == 6
    assert cache.digest("a", {"x": 1, "y": 2}) == cache.digest("a", {"y": 2, "x": 1})


def test_kept_makes_once(tmp_path):
    made = []

    def make():
        made.append(1)
        return {"value": 3}

    path = cache.entry("inputs", root=tmp_path) / "value.json"
    assert cache.kept(path, make) == cache.kept(path, make) == {"value": 3}
    assert made == [1]


def test_a_failure_keeps_nothing(tmp_path):
    path = tmp_path / "value.json"
    with pytest.raises(ZeroDivisionError):
        cache.kept(path, lambda: 1 / 0)
    assert list(tmp_path.iterdir()) == []
