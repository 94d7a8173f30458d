"""What the report measures: every design at every preset, and parts on their own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from attnforge.gen.emission.emit import emit
from attnforge.gen.estimate import estimate
from attnforge.gen.registry import DESIGNS
from attnforge.hdl.contract.design import Design

TARGET = "ecp5"


@dataclass(frozen=True)
class Part:
    """A part of the library, to be measured out of any design.

    Attributes
    ----------
    name : str
        As ``--designs`` takes it.
    size : str
        What stands in the column of presets.
    factory : () -> wiring.Component
    multipliers : int
        What cells per MAC are divided by.
    """

    name: str
    size: str
    factory: Callable[[], Any]
    multipliers: int


@dataclass(frozen=True)
class Subject:
    """One row of the report.

    Attributes
    ----------
    name, size : str
        Design and preset, or part and size.
    top : str
        Name of the top module.
    component : () -> wiring.Component
    multipliers : int
        Of the main array.
    design, config : Design and its config, or None for a part
    """

    name: str
    size: str
    top: str
    component: Callable[[], Any]
    multipliers: int
    design: Design | None = None
    config: Any = None

    @property
    def label(self):
        """Name and size, as people see them."""
        return f"{self.name} {self.size}"

    @property
    def dsps(self):
        """Multiplier blocks, estimated before synthesis."""
        return estimate(self.design, self.config, TARGET).dsp if self.design else self.multipliers

    def verilog(self):
        """Emit the Verilog for the ECP5, without its comments: a word in a docstring must not cost a new run."""
        verilog = emit(self.component(), self.top, target=TARGET).verilog
        return "".join(line for line in verilog.splitlines(keepends=True) if not line.lstrip().startswith("//"))


def choose(names, presets, parts, designs=None):
    """List the subjects that the command line asks for.

    Parameters
    ----------
    names : sequence of str
        Designs and parts; none means all.
    presets : sequence of str
        Presets; none means all. Parts have none and are left out when some are given.
    parts : sequence of Part
    designs : dict of str to Design
        The registry by default.

    Raises
    ------
    ValueError
        A name or preset that nothing has; the message lists those that there are.
    """
    designs = DESIGNS if designs is None else designs
    known = [*designs, *(part.name for part in parts)]
    for name in names:
        if name not in known:
            raise ValueError(f"--designs must be among {', '.join(known)}, not {name!r}")
    known_presets = list(dict.fromkeys(preset for design in designs.values() for preset in design.presets))
    for preset in presets:
        if preset not in known_presets:
            raise ValueError(f"--presets must be among {', '.join(known_presets)}, not {preset!r}")
    chosen = [_of_part(part) for part in parts if not presets and (not names or part.name in names)]
    for design in designs.values():
        for preset, config in design.presets.items():
            if (not names or design.name in names) and (not presets or preset in presets):
                chosen.append(_of_design(design, preset, config))
    return chosen


def _of_part(part):
    top = f"{part.name}_{part.size}".replace("-", "_")
    return Subject(part.name, part.size, top, part.factory, part.multipliers)


def _of_design(design, preset, config):
    job, _ = design.random_job(config, np.random.default_rng(0))
    multipliers = design.perf(config, job).multipliers
    top = design.module_name(config)
    return Subject(design.name, preset, top, lambda: design.top(config), multipliers, design, config)
