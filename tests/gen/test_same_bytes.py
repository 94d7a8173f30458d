"""Bytes that depend on neither options of Python nor its version: a small twin of what .ci/run does for all presets."""

import sys

import pytest

from tests.gen import same_bytes


def test_python_without_docstrings_and_asserts_gives_the_same_bytes():
    of = ["vitality"], ["ice40"]
    usual, bare = (same_bytes.digests_of(sys.executable, *of, optimise=level) for level in ("", "2"))
    assert usual == bare and len(usual) == 7


def test_differences_are_told():
    told = same_bytes._difference({"a.v": "1", "b.v": "2"}, {"PYTHONOPTIMIZE=2": {"a.v": "1", "b.v": "3"}})
    assert told == "PYTHONOPTIMIZE=2 gives other bytes: b.v"
    assert same_bytes._difference({"a.v": "1"}, {"another": {}}) == "another gives other bytes: a.v"


def test_a_missing_second_python_fails_where_it_must_be_there(monkeypatch):
    monkeypatch.setattr(same_bytes, "other_python", lambda: None)
    monkeypatch.setenv("CI", "true")
    assert same_bytes.compare().startswith("no second Python: install one of 3.13, 3.12")


def test_the_second_python_is_another_version():
    python = same_bytes.other_python()
    if python is None:
        pytest.skip("no second Python is installed")
    assert python.resolve() != sys.executable
