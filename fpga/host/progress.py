"""A bar for transfers that take their time."""

import contextlib

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

__all__ = ["transfer_bar"]


@contextlib.contextmanager
def transfer_bar(wanted, total):
    """Give a function to be told of bytes that went through; it draws a bar on a terminal, if one is wanted."""
    if not wanted:
        yield lambda count: None
        return
    columns = (TextColumn("jobs"), BarColumn(30), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("jobs", total=total)
        yield lambda count: bar.advance(task, count)
