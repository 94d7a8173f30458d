"""What a simulator or a linter needs beside the core: models of primitives, waivers, and a testbench."""

from pathlib import Path

from attnforge.gen.models import models
from attnforge.gen.testbench import testbench

WAIVERS = Path(__file__).with_name("lint.vlt")
"""The few warnings of Verilator that are switched off, each with its reason; CORE stands for the core's name."""


def waivers(name) -> str:
    """The text of ``<name>.vlt``; empty for other simulators, so that it may stand in the list of files."""
    return WAIVERS.read_text(encoding="utf-8").replace("CORE", name)


def simulation_texts(request, core) -> dict[str, str]:
    """Waivers, models and testbench of a core, by file name."""
    texts = {f"{core.name}.vlt": waivers(core.name)}
    if text := models(request.target, core.inventory.primitives):
        texts[f"{core.name}_models.v"] = text
    texts[f"{core.name}_tb.v"] = testbench(request)
    return texts
