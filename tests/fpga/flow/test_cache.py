"""The cache: the same inputs have the same folder, others another one."""

from attnforge.fpga.flow import cache


def test_digest_follows_every_input():
    digests = {cache.digest(*inputs) for inputs in [("a", 1), ("a", 2), ("b", 1), ("a", [1]), ("a1",), ("a",)]}
    assert len(digests) == 6
    assert cache.digest("a", {"x": 1, "y": 2}) == cache.digest("a", {"y": 2, "x": 1})


def test_an_entry_is_a_folder_of_its_inputs(tmp_path):
    first = cache.entry("a", {"file": "text"}, root=tmp_path)
    assert first.is_dir() and cache.entry("a", {"file": "text"}, root=tmp_path) == first
    assert cache.entry("a", {"file": "texts"}, root=tmp_path) != first
