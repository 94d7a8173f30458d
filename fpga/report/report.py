"""The report: measure all subjects on two cores, show progress, print and write the tables."""

import json
import os
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import replace
from functools import partial
from pathlib import Path

from attnforge.fpga.board.chip import ECP5_85F
from attnforge.fpga.flow import cache, tools
from attnforge.fpga.report import tables
from attnforge.fpga.report.measure import Measurement
from attnforge.fpga.report.subjects import Part
from attnforge.hdl.ant.config import PRESETS as ANT
from attnforge.hdl.ant.pe import TypeFusion
from attnforge.hdl.ant.shape import PeShape
from attnforge.hdl.parts.array.systolic import SystolicArray
from attnforge.hdl.vitality.config import PRESETS as VITALITY

TOOLS = (tools.YOSYS, tools.NEXTPNR[ECP5_85F.family])
REPORT = Path("build") / "report"


def _vitality_array():
    config = VITALITY["ulx3s_85f"]
    return SystolicArray(config.rows, config.columns, config.moving.bits, config.stationary.bits, config.partial_bits)


def _ant_element(**types):
    """An element of two columns, as the board's core has it but for its types."""
    return TypeFusion(PeShape.of(replace(ANT["ulx3s_85f"], **types)), 2)


ELEMENTS = {"dsp": {}, "lut": {"dsp": False}, "all_types": {"dsp": False, "pot": True, "minifloat": True}}
PARTS = [
    Part("systolic_array", "8x8", _vitality_array, 64),
    *(Part("typefusion", name, partial(_ant_element, **types), 2) for name, types in ELEMENTS.items()),
]


def measure(subjects, *, seeds, progress, pnr=True, blocks=True, device=ECP5_85F, root=None, workers=None):
    """Measure all subjects; two tools run at once, since a routing run keeps one core busy.

    Parameters
    ----------
    subjects : sequence of Subject
    seeds : sequence of int
    progress : rich.progress.Progress
    pnr, blocks : bool
        Place and route; count cells by block.
    workers : int
        Tools at once; the number of cores, two at most, by default.

    Returns
    -------
    list of Row, in the order of the subjects

    Raises
    ------
    ToolError
    """
    steps = 1 + blocks + pnr * len(seeds)
    measurements = {}
    for subject in subjects:
        task = progress.add_task(subject.label, total=steps, step="waiting")
        measurements[task] = Measurement(subject, device, root)
    with ThreadPoolExecutor(workers or min(2, os.cpu_count() or 1)) as pool:

        def submit(task, step, action, *arguments):
            def work():
                progress.update(task, step=step)
                return action(*arguments)

            running[pool.submit(work)] = task, step

        running = {}
        for task, measurement in measurements.items():
            submit(task, "synthesis", measurement.prepare)
        try:
            while running:
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    task, step = running.pop(future)
                    measurement = measurements[task]
                    fits = future.result()
                    progress.update(task, advance=1, step="done")
                    if step == "synthesis" and not fits:
                        progress.update(task, completed=steps, step=measurement.row.note)
                    elif step == "synthesis":
                        for seed in seeds if pnr else ():
                            submit(task, f"routing, seed {seed}", measurement.place, seed)
                        if blocks:
                            submit(task, "cells by block", measurement.split)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    for measurement in measurements.values():
        measurement.row.placements.sort(key=lambda placement: placement.seed)
    return [measurement.row for measurement in measurements.values()]


def document(rows, seeds, device=ECP5_85F):
    """Return the report as Markdown."""
    versions = ", ".join(f"{name} {tools.version(name)}" for name in TOOLS)
    lines = [tables.main_cells(row) for row in rows]
    parts = [
        "# Report\n",
        f"{device.name}, out of context; {versions}; clock: median of seeds {', '.join(map(str, seeds))}.\n"
        "LUT4 and CCU2C (two bits of carry) as synthesised; COMB (TRELLIS_COMB: LUTs, two per CCU2C, and what the\n"
        "router adds to feed carry chains), FF, DSP and EBR as routed.\n",
        tables.markdown(tables.COLUMNS, lines),
    ]
    parts += _notes(f"- {row.subject.label}: {row.note}" for row in rows if row.note)
    cycles = [line for row in rows for line in tables.cycle_cells(row)]
    if cycles:
        parts += [
            "## Cycles\n",
            "Of one inference or a batch, from the designs' exact formulas: all attention heads, or all products of\n"
            "matrices, back to back, each at the interval of jobs like it. A product with more columns than a core\n"
            "takes is several jobs. Utilisation: useful products over MACs times cycles; an operand that takes two\n"
            "rows or columns of the array counts twice.\n",
            tables.markdown(tables.CYCLE_COLUMNS, cycles),
        ]
    parts += _notes(
        f"- {row.subject.label} is too small for {name}: {obstacle}"
        for row in rows
        for name, obstacle in row.obstacles.items()
    )
    for row in rows:
        if row.blocks:
            parts += [
                f"## {row.subject.label}: cells by block\n",
                "Each block synthesised on its own, before placing: COMB is LUT4 and two per CCU2C.\n"
                "`flattened` is the core as in the table above, optimised across blocks.\n",
                tables.markdown(tables.BLOCK_COLUMNS, tables.block_cells(row)),
            ]
    return "\n".join(parts)


def _notes(lines):
    """A list, if it has lines."""
    lines = list(lines)
    return ["\n".join(lines) + "\n"] if lines else []


def write(rows, seeds, folder=REPORT, device=ECP5_85F):
    """Write ``report.md`` and ``report.json``, and return the path of the first."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "report.md"
    cache.write_whole(path, document(rows, seeds, device))
    data = {
        "device": device.name,
        "tools": {name: tools.version(name) for name in TOOLS},
        "seeds": list(seeds),
        "rows": [tables.row_json(row) for row in rows],
    }
    cache.write_whole(folder / "report.json", json.dumps(data, indent=1) + "\n")
    return path
