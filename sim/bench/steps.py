"""Steps of a bench's script: good jobs, bad ones, and soft resets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Cut", "Overlong", "QueueFull", "Refused", "Run", "SoftReset"]


@dataclass(frozen=True)
class Run:
    """A good job."""

    job: Any
    operands: Mapping


@dataclass(frozen=True)
class Cut:
    """A job whose ``last`` comes on operand beat ``beats`` (counted from 1), before its time."""

    job: Any
    operands: Mapping
    beats: int


@dataclass(frozen=True)
class Overlong:
    """A job whose final beat lacks ``last``; ``extra`` beats follow, the last of them with ``last``."""

    job: Any
    operands: Mapping
    extra: int = 1


@dataclass(frozen=True)
class Refused:
    """A START that the core must refuse: ``job`` with some registers set to other ``values``."""

    job: Any
    values: Mapping[str, int]


@dataclass(frozen=True)
class QueueFull:
    """Fill every slot with ``runs`` while the core gets no operands, and START once more."""

    runs: tuple[Run, ...]


@dataclass(frozen=True)
class SoftReset:
    """Start a job on an idle core, send ``beats`` of its operands, wait ``pause`` cycles, and reset."""

    job: Any
    operands: Mapping
    beats: int
    pause: int = 0
