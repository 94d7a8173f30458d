"""Telling people what takes long: silent below two seconds, and silent in programs that did not ask."""

import contextlib
import threading
from contextvars import ContextVar

from rich.console import Console

_console: ContextVar[Console | None] = ContextVar("console", default=None)
PATIENCE = 2.0  # seconds


def show_progress(console: Console) -> None:
    """Let `step` write to ``console`` from now on."""
    _console.set(console)


@contextlib.contextmanager
def step(text: str):
    """Name what the block does; shown when it takes over two seconds, on a terminal with a spinner."""
    console = _console.get()
    if console is None:
        yield
        return
    status = console.status(text)
    timer = threading.Timer(PATIENCE, status.start if console.is_terminal else lambda: console.print(f"{text} ..."))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        status.stop()
