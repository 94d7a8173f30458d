"""The toy design takes part in the registry."""

import sys

import pytest

from attnforge.gen import cli
from attnforge.gen.registry import DESIGNS
from tests.gen import toy


@pytest.fixture(autouse=True)
def toyling(monkeypatch, tmp_path):
    """Registers the toy, and works in an empty folder."""
    monkeypatch.setitem(DESIGNS, "toyling", toy.DESIGN)
    monkeypatch.chdir(tmp_path)
    return toy.DESIGN


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs the command line; returns exit status, output and errors."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["gen", *arguments])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        captured = capsys.readouterr()
        return stop.value.code, captured.out, captured.err

    return run
