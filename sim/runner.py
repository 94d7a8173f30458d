"""Runs scripts on a generated core in a real simulator: the Python API of the benches.

::

    result = sim.run(design, config, jobs=[(job, operands), ...], stalls=(0.3, 0.3), seed=7)
    result.passed, result.failures, result.jobs[0].outputs["z"], result.intervals
"""

import os
import pickle
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gen.emit import emit
from sim.build import BuildError, build, cache_folder
from sim.script import Script, compile_script
from sim.stalls import PROFILES, Stalls
from sim.steps import Run

__all__ = ["SimulationError", "run", "run_matrix", "run_scripts"]


class SimulationError(RuntimeError):
    """The simulator died: the message has its last words."""


@dataclass(frozen=True)
class PlannedRun:
    """One run of the harness: a script, the stalls, and the seed of all that is random in it."""

    config: Any
    script: Script
    stalls: Stalls
    seed: int
    patience: int


def run(design, config, jobs=(), *, steps=None, stalls=(0, 0), seed=1, simulator="verilator", target="generic",
        overlap=True, waves=None, progress=None):
    """Run jobs back to back on a core, and compare every output with the model.

    Parameters
    ----------
    design : Design
    config : Config
    jobs : sequence of (job, operands)
    steps : sequence of steps
        In place of jobs: see `sim.steps`.
    stalls : Stalls, or (idle, backpressure)
    seed : int
    simulator : str
        verilator or icarus.
    target : str
        Emission target.
    overlap : bool
        Start each job as soon as a slot is free; otherwise only when the core is idle, so that ``latency`` can be read.
    waves : path
        Write FST waves there.
    progress : callable (jobs done, jobs in all)

    Returns
    -------
    RunResult

    Raises
    ------
    BuildError, SimulationError
        The core can't be built, or the simulator died. What the core does wrong is in ``failures``.
    """
    if steps is None:
        steps = [Run(job, operands) for job, operands in jobs]
    stalls = stalls if isinstance(stalls, Stalls) else Stalls(*stalls)
    return run_scripts(design, config, [(steps, stalls, seed, overlap)], simulator=simulator, target=target, waves=waves,
                       progress=progress)[0]


def run_matrix(design, config, steps, *, seed=1, profiles=PROFILES, **options):
    """Run the same steps under every stall profile, in one process; returns results by profile."""
    runs = [(steps, stalls, seed + k, True) for k, stalls in enumerate(profiles.values())]
    return dict(zip(profiles, run_scripts(design, config, runs, **options), strict=True))


def run_scripts(design, config, runs, *, simulator="verilator", target="generic", waves=None, progress=None):
    """Run several scripts one after the other on one core; each begins with a reset.

    Parameters
    ----------
    runs : sequence of (steps, stalls, seed, overlap)
    """
    built = prepare(design, config, simulator=simulator, target=target, waves=bool(waves))
    scripts = {}  # compiling runs the model: once for equal steps
    plan = []
    for steps, stalls, seed, overlap in runs:
        key = (id(steps), overlap)
        if key not in scripts:
            scripts[key] = compile_script(design, config, steps, overlap=overlap)
        plan.append(PlannedRun(None, scripts[key], stalls, seed & 0xFFFFFFFF or 1, patience(design, config, steps)))
    return _simulate(built, plan, waves, progress)


def prepare(design, config, *, simulator="verilator", target="generic", waves=False):
    """Emit and build a core, or find it built."""
    top = design.module_name(config)
    return build(emitted(design, config, target), top, config.beat_bytes, target=target, simulator=simulator, waves=waves)


_emitted = {}


def emitted(design, config, target="generic") -> str:
    """The Verilog of a core, emitted once per process."""
    key = (design.name, config, target)
    if key not in _emitted:
        _emitted[key] = emit(design.top(config), design.module_name(config), target=target).verilog
    return _emitted[key]


def patience(design, config, steps) -> int:
    """Cycles without any transfer after which a run is given up: far above the latency of any of its jobs."""
    latencies = [design.perf(config, step.job).latency for step in steps if hasattr(step, "job")]
    return 20000 + 4 * max(latencies, default=0)


def _simulate(built, plan, waves, progress):
    folder = cache_folder() / "runs"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as name:
        work = Path(name)
        for index, run in enumerate(plan):
            run.script.write_files(work, index)
        with open(work / "plan.pkl", "wb") as file:
            pickle.dump(plan, file)
        command = list(built.command)
        pass
        words = _follow(subprocess.Popen(command, cwd=work, env=_environment(built, work), text=True,
                                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT), plan, progress)
        if not (work / "results.pkl").exists():
            raise SimulationError("the simulator died: " + "\n".join(words[-15:]))
        with open(work / "results.pkl", "rb") as file:
            results = pickle.load(file)
        if waves:
            shutil.move(work / "dump.fst", waves)
    for result in results:
        result.simulator = built.simulator
    return results


def _follow(process, plan, progress):
    """Read what the simulator says until it ends; returns the lines that are not progress."""
    words = []
    before = [sum(len(run.script.jobs) for run in plan[:index]) for index in range(len(plan) + 1)]
    with process:
        for line in process.stdout:
            if line.startswith("progress "):
                _, index, jobs = line.split()
                if progress:
                    progress(before[int(index)] + int(jobs), before[-1])
            else:
                words.append(line.rstrip())
    return words


def _environment(built, work):
    import find_libpython
    from cocotb_tools import config

    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent.parent), *sys.path]),
        "PYGPI_PYTHON_BIN": sys.executable,
        "GPI_USERS": f"{find_libpython.find_libpython()};{config.pygpi_entry_point()}",
        "COCOTB_TOPLEVEL": "harness",
        "COCOTB_TEST_MODULES": "sim.bench",
        "COCOTB_RESULTS_FILE": str(work / "results.xml"),
        "COCOTB_LOG_LEVEL": "WARNING",
        "COCOTB_TRUST_INERTIAL_WRITES": "1",
        "TOPLEVEL_LANG": "verilog",
        "ATTNFORGE_PLAN": str(work / "plan.pkl"),
    }
