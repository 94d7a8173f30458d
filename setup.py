"""The packages lie in folders of their own at the top, and are installed as attnforge.hdl, attnforge.gen, and so on."""

from pathlib import Path

from setuptools import setup

TOPS = ("hdl", "gen", "sim", "fpga")
FOLDERS = sorted(file.parent.as_posix() for top in TOPS for file in Path(top).rglob("__init__.py"))

setup(
    packages=[f"attnforge.{folder.replace('/', '.')}" for folder in FOLDERS],
    options={"build": {"build_base": "build/wheel"}},  # build/ is also where commands write
    package_dir={f"attnforge.{folder.replace('/', '.')}": folder for folder in FOLDERS},
)
