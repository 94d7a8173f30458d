"""What the tests of the FPGA flow share: a folder that the WebAssembly tools can see."""

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def folder(request):
    """A fresh folder in the project's build folder: the tools don't see pytest's, which is under /tmp."""
    name = "".join(letter if letter.isalnum() else "_" for letter in request.node.name)
    path = Path(__file__).parents[2] / "build" / "tests" / "fpga" / name
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path
