"""The catalogues of the library name every file, and everything that a file says it offers."""

import ast
from pathlib import Path

import pytest

HDL = Path(__file__).parents[2] / "hdl"


def offered(file):
    """The names in a file's ``__all__``."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == "__all__":
            return [name for name in ast.literal_eval(node.value) if not name.isupper()]
    return []


@pytest.mark.parametrize("folder", ["numeric", "parts"])
def test_the_catalogue_is_complete(folder):
    text = (HDL / folder / "README.md").read_text(encoding="utf-8")
    files = [file for file in (HDL / folder).rglob("*.py") if file.name != "__init__.py"]
    names = {file: file.relative_to(HDL / folder).as_posix() for file in files}
    assert not [name for name in names.values() if f"`{name}`" not in text]
    classes = [(name, each) for file, name in names.items() for each in offered(file)]
    assert not [item for item in classes if item[1][0].isupper() and f"`{item[1]}`" not in text]


@pytest.mark.parametrize("folder", ["numeric", "parts"])
def test_the_catalogue_names_no_file_that_is_gone(folder):
    rows = (HDL / folder / "README.md").read_text(encoding="utf-8").splitlines()
    cells = [cell.strip().strip("`") for row in rows if row.startswith("|") for cell in row.split("|")]
    files = {cell for cell in cells if cell.endswith(".py")}
    assert files and not [name for name in files if not (HDL / folder / name).exists()]
