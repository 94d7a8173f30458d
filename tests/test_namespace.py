"""Packages are found as attnforge.hdl and so on, whatever is in the user's folder, and the wheel has all of them."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOPS = ("hdl", "gen", "sim", "fpga")
SHIPPED = (".py", ".md", ".svg", ".vlt", ".npz", ".jpg", ".v", ".h")

LOADED = """
import runpy, sys
sys.argv = ["{name}", *{arguments}]
try:
    runpy.run_module("{name}", run_name="__main__", alter_sys=True)
except SystemExit as end:
    assert not end.code
files = {{}}
for name, module in list(sys.modules.items()):
    if (file := getattr(module, "__file__", None)) and file.startswith({root!r}):
        files.setdefault(file, []).append(name)
print(sorted(names for names in map(sorted, files.values()) if len(names) > 1))
"""


@pytest.mark.parametrize("name, arguments", [
    ("gen", ["describe", "dense"]), ("sim", ["prove", "--help"]), ("sim", ["--help"]), ("fpga", ["boards"]),
])
def test_no_module_is_loaded_twice(name, arguments):
    program = LOADED.format(name=name, arguments=arguments, root=str(ROOT))
    run = subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT, capture_output=True, text=True)
    assert run.stdout.splitlines()[-1] == str([[f"attnforge.{name}", name]])


@pytest.fixture(scope="module")
def tracked():
    found = subprocess.run(["git", "ls-files", *TOPS], check=True, cwd=ROOT, capture_output=True, text=True).stdout
    return found.split()


def test_the_wheel_holds_the_tracked_files(tmp_path, tracked):
    """Built from a copy of these alone."""
    for name in [*tracked, "pyproject.toml", "setup.py", "README.md", "LICENSE"]:
        copy = tmp_path / "project" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((ROOT / name).read_bytes())
    subprocess.run([sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps",
                    "--wheel-dir", tmp_path, tmp_path / "project"], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == {f"attnforge/{name}" for name in tracked if name.endswith(SHIPPED)}
    assert all(name.endswith(SHIPPED) for name in tracked)


def test_modules_of_the_same_names_in_the_working_folder_do_no_harm(tmp_path):
    for name in TOPS:
        (tmp_path / f"{name}.py").write_text("raise SystemExit('not the one')\n")
    command = [Path(sys.executable).with_name("attnforge"), "gen", "--design", "vitality", "--preset", "tiny"]
    run = subprocess.run(command, check=False, cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert list((tmp_path / "build").glob("*/*.v"))


def test_the_console_command_names_itself(tmp_path):
    attnforge = Path(sys.executable).with_name("attnforge")
    helped = subprocess.run([attnforge, "gen", "--help"], check=True, capture_output=True, text=True).stdout
    assert "attnforge gen --design" in helped and "python -m" not in helped
    wrong = subprocess.run([attnforge, "build"], check=False, capture_output=True, text=True)
    assert (wrong.returncode, wrong.stderr) == (2, "error: No such command 'build'.\n")
