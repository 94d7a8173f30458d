"""Stall profiles: when the source idles, and when the sink holds results back."""

from dataclasses import dataclass

__all__ = ["PROFILES", "Stalls"]


@dataclass(frozen=True)
class Stalls:
    """Random stalls at both ends of a core.

    Parameters
    ----------
    idle, backpressure : float
        Share of cycles in which the source offers nothing, and in which the sink takes nothing: 0 to 0.99.
    burst : float
        Mean length of a stall in cycles; 1 makes every cycle independent of the others as far as the share allows.
    lazy : bool
        The sink raises ready only after it has seen valid: a core whose valid waits for ready never ends.

    Raises
    ------
    ValueError
        A share or a length out of its range.
    """

    idle: float = 0.0
    backpressure: float = 0.0
    burst: float = 1.0
    lazy: bool = False

    def __post_init__(self):
        for name in ("idle", "backpressure"):
            if not 0 <= getattr(self, name) <= 0.99:
                raise ValueError(f"{name} is a share of cycles from 0 to 0.99, not {getattr(self, name)!r}")
        if not 1 <= self.burst <= 256:
            raise ValueError(f"burst is a number of cycles from 1 to 256, not {self.burst!r}")

    def __str__(self):
        words = [f"idle {self.idle:g}", f"backpressure {self.backpressure:g}"]
        words += [f"bursts of {self.burst:g}"] if self.burst > 1 else []
        return ", ".join(words + (["lazy sink"] if self.lazy else []))

    @property
    def none(self) -> bool:
        """Whether nothing ever stalls."""
        return not (self.idle or self.backpressure or self.lazy)

    def knobs(self) -> dict[str, int]:
        """Inputs of sim/bench/harness.v."""
        knobs = {"lazy": int(self.lazy)}
        for name, share in (("idle", self.idle), ("hold", self.backpressure)):
            # A stall begins with chance b and ends with chance e; its share of the cycles is b / (b + e).
            end = min(1 / self.burst, 1 - share) if share else 1
            begin = end * share / (1 - share)
            if begin > 1:
                begin, end = 1.0, (1 - share) / share
            knobs |= {f"{name}_begin": round(256 * begin), f"{name}_end": max(1, round(256 * end))}
        return knobs


PROFILES = {
    "none": Stalls(),
    "idle": Stalls(idle=0.5),
    "backpressure": Stalls(backpressure=0.5),
    "both": Stalls(idle=0.4, backpressure=0.4),
    "bursts": Stalls(idle=0.5, backpressure=0.5, burst=12),
    "lazy": Stalls(idle=0.2, backpressure=0.2, lazy=True),
}
"""The matrix that every bench runs through: with and without idle, with and without backpressure, and worse."""
