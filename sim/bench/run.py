"""Runs scripts on a generated core in a real simulator: the Python API of the benches.

::

    result = attnforge.sim.run(design, config, jobs=[(job, operands), ...], stalls=(0.3, 0.3), seed=7)
    result.passed, result.failures, result.jobs[0].outputs["z"], result.intervals
"""

import contextlib
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from attnforge.gen.emission.emit import emit
from attnforge.sim.bench.script import Script, compile_script
from attnforge.sim.bench.stalls import PROFILES, Stalls
from attnforge.sim.bench.steps import Run
from attnforge.sim.simulator.build import build, cache_folder

__all__ = ["Plan", "SimulationError", "emitted", "environment", "prepare", "run", "run_bench", "run_matrix",
           "run_plans", "run_smoke", "run_trace", "work_folder"]


class SimulationError(RuntimeError):
    """The simulator died: the message has its last words."""


@dataclass(frozen=True)
class Plan:
    """A run to be made; the parameters are those of `run`."""

    steps: Sequence
    stalls: Stalls = Stalls()
    seed: int = 1
    overlap: bool = True
    counters: bool = True


@dataclass(frozen=True)
class HarnessRun:
    """A run as sim/bench/play.py plays it: no functions of the design in it, so that it can go to another process."""

    script: Script
    stalls: Stalls
    seed: int
    patience: int


def run(design, config, jobs=(), *, steps=None, stalls=(0, 0), seed=1, overlap=True, counters=True, **options):
    """Run jobs back to back on a core, and compare every output with the model.

    Parameters
    ----------
    design : Design
    config : Config
    jobs : sequence of (job, operands)
    steps : sequence of steps
        In place of jobs: see `attnforge.sim.bench.steps`.
    stalls : Stalls, or (idle, backpressure)
    seed : int
    overlap : bool
        Start each job as soon as a slot is free; otherwise only when the core is idle, so that ``latency`` can be read.
    counters : bool
        Read each job's counters, which takes the register port a dozen cycles per job.
    options
        Of `run_plans`.

    Returns
    -------
    RunResult
    """
    if steps is None:
        steps = [Run(job, operands) for job, operands in jobs]
    stalls = stalls if isinstance(stalls, Stalls) else Stalls(*stalls)
    return run_plans(design, config, [Plan(steps, stalls, seed, overlap, counters)], **options)[0]


def run_matrix(design, config, steps, *, seed=1, profiles=PROFILES, **options):
    """Run the same steps under every stall profile, in one process; returns results by profile."""
    plans = [Plan(steps, stalls, seed + k) for k, stalls in enumerate(profiles.values())]
    return dict(zip(profiles, run_plans(design, config, plans, **options), strict=True))


def run_plans(design, config, plans, *, simulator="verilator", target="generic", standard="2012", power_up=True,
              waves=None, progress=None, built=None):
    """Run several scripts one after the other on one core, in one process; each begins with a reset.

    Parameters
    ----------
    design : Design
    config : Config
    plans : sequence of Plan
    simulator : str
        verilator or icarus.
    target : str
        Emission target.
    standard, power_up
        See `attnforge.sim.simulator.build.build`.
    waves : path
        Write FST waves there.
    progress : callable (jobs done, jobs in all)
    built : Build
        What to run, if not the emitted core: a netlist of it in the harness.

    Returns
    -------
    list of RunResult

    Raises
    ------
    BuildError, SimulationError
        The core can't be built, or the simulator died. What the core does wrong is in ``failures``.
    """
    built = built or prepare(design, config, simulator=simulator, target=target, standard=standard, power_up=power_up,
                             waves=bool(waves))
    scripts = {}  # compiling runs the model: once for equal steps
    runs = []
    for plan in plans:
        key = (id(plan.steps), plan.overlap, plan.counters)
        if key not in scripts:
            scripts[key] = compile_script(design, config, plan.steps, overlap=plan.overlap, counters=plan.counters)
        # A generator of all zeros would stay there.
        seed = plan.seed * 0x9E3779B1 & 0xFFFFFFFF or 1
        runs.append(HarnessRun(scripts[key], plan.stalls, seed, _patience(design, config, plan.steps)))
    results = _simulate(built, runs, waves, progress)
    for plan, result in zip(plans, results, strict=True):
        result.seed, result.stalls, result.simulator = plan.seed, plan.stalls, built.simulator
    return results


def prepare(design, config, *, target="generic", **options):
    """Emit and build a core, or find it built; the options are those of `attnforge.sim.simulator.build.build`."""
    core = emitted(design, config, target)
    return build(core.verilog, core.name, beat_bytes=config.beat_bytes, target=target, **options)


def run_smoke(design, config, jobs, *, stalls=PROFILES["none"], seed=1, target="generic", **options):
    """Run jobs in a bench that moves every beat from Python, without the harness; see `attnforge.sim.drivers.smoke`.

    The options are those of `attnforge.sim.simulator.build.build`.

    Returns
    -------
    list of str
        What was wrong; empty when nothing was.
    """
    from attnforge.sim.drivers.smoke import smoke_plan

    core = emitted(design, config, target)
    built = build(core.verilog, core.name, ports=[name for name, *_ in core.ports], target=target, **options)
    return run_bench(built, "attnforge.sim.drivers.smoke", smoke_plan(design, config, jobs, stalls, seed))


def run_bench(built, bench, plan=None):
    """Run a cocotb bench on a build.

    Parameters
    ----------
    built : attnforge.sim.simulator.build.Build
    bench : str
        Name of the Python module.
    plan : object
        What the bench finds, pickled, in the file that ``$ATTNFORGE_PLAN`` names.

    Returns
    -------
    list of str
        What was wrong; empty when nothing was.
    """
    with work_folder() as work:
        words = _launch(built, work, bench, plan)
        if not (work / "results.xml").exists():
            raise SimulationError("the simulator died: " + "\n".join(words[-15:]))
        cases = ElementTree.parse(work / "results.xml").iter("testcase")
        return [failure.get("message") or failure.get("error_msg") or str(failure.attrib)
                for case in cases for failure in (*case.iter("failure"), *case.iter("error"))]


def run_trace(built, rows, outputs, inputs):
    """Play rows of inputs into a small module that was built without the harness; see `attnforge.sim.drivers.trace`.

    Parameters
    ----------
    built : Build
    rows : list of dict of str to int
        Per cycle the inputs to set; others keep their value.
    outputs, inputs : sequence of str
        Without ``clk``, which the module must have.

    Returns
    -------
    dict of str to list of int: per output its value in each cycle, just before the clock's edge.
    """
    from attnforge.sim.drivers.trace import RESULT

    with work_folder() as work:
        words = _launch(built, work, "attnforge.sim.drivers.trace", (list(inputs), rows, list(outputs)))
        if not (work / RESULT).exists():
            raise SimulationError("the simulator died: " + "\n".join(words[-15:]))
        with open(work / RESULT, "rb") as file:
            return pickle.load(file)


_emitted = {}


def emitted(design, config, target="generic"):
    """The emitted core (`attnforge.gen.emission.emit.Core`), made once per process."""
    key = (design.name, config, target)
    if key not in _emitted:
        _emitted[key] = emit(design.top(config), design.module_name(config), target=target)
    return _emitted[key]


def _patience(design, config, steps):
    """Cycles without any transfer after which a run is given up: far above the latency of any of its jobs."""
    jobs = {each.job for step in steps for each in getattr(step, "runs", (step,))}
    return 20000 + 4 * max((design.perf(config, job).latency for job in jobs), default=0)


def _simulate(built, runs, waves, progress):
    with work_folder() as work:
        for index, run in enumerate(runs):
            run.script.write_files(work, index)
        before = [sum(len(run.script.jobs) for run in runs[:index]) for index in range(len(runs) + 1)]

        def count(index, jobs):
            if progress:
                progress(before[index] + jobs, before[-1])

        words = _launch(built, work, "attnforge.sim.bench.play", runs, count)
        if not (work / "results.pkl").exists():
            raise SimulationError("the simulator died: " + "\n".join(words[-15:]))
        with open(work / "results.pkl", "rb") as file:
            results = pickle.load(file)
        if waves:
            Path(waves).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(work / "dump.fst", waves)
    return results


@contextlib.contextmanager
def work_folder():
    """A folder for one run of a simulator, gone when it is over."""
    folder = cache_folder() / "runs"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as name:
        yield Path(name)


def _launch(built, work, bench, plan, count=None):
    """Run the simulator with a bench until it ends; returns what it said."""
    with open(work / "plan.pkl", "wb") as file:
        pickle.dump(plan, file)
    words = []
    process = subprocess.Popen(built.command, cwd=work, env=environment(built, work, bench), text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        with process:
            for line in process.stdout:
                if line.startswith("progress "):
                    _, index, jobs = line.split()
                    count(int(index), int(jobs))
                else:
                    words.append(line.rstrip())
    except BaseException:  # an interrupt above all: leave no simulator behind
        process.kill()
        raise
    return words


def environment(built, work, bench):
    """Environment variables with which a built simulator runs the cocotb tests of a module, and finds its plan."""
    import find_libpython
    from cocotb_tools import config

    # Trusted, writes are immediate: they race with the core's clock edge on Icarus, but not on Verilator. The harness
    # has its inputs written away from the edge, and trust gives it cocotb's fast clock.
    trusted = built.simulator == "verilator" or built.top == "harness"
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYGPI_PYTHON_BIN": sys.executable,
        "GPI_USERS": f"{find_libpython.find_libpython()};{config.pygpi_entry_point()}",
        "COCOTB_TOPLEVEL": built.top,
        "COCOTB_TEST_MODULES": bench,
        "COCOTB_RESULTS_FILE": str(work / "results.xml"),
        "COCOTB_LOG_LEVEL": "WARNING",
        # Else pytest rewrites every module that the bench imports, numpy too, which takes longer than most simulations.
        "COCOTB_REWRITE_ASSERTION_FILES": "",
        **({"COCOTB_TRUST_INERTIAL_WRITES": "1"} if trusted else {}),
        "TOPLEVEL_LANG": "verilog",
        "ATTNFORGE_PLAN": str(work / "plan.pkl"),
    }
