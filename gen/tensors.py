"""Named tensors out of a file: arrays of an .npz archive, or the weights of an .onnx network."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from attnforge.gen.errors import UsageError
from attnforge.gen.installation import missing
from attnforge.gen.tools import ToolError

OUTPUT_AXIS = {"Conv": 0, "ConvTranspose": 1}
"""Axis of the output channels in an ONNX operator's weights; MatMul and Gemm have it where the product has it."""


@dataclass(frozen=True)
class Tensor:
    """One array of a file.

    Attributes
    ----------
    name : str
    values : array
    axis : int or None
        Of the output channels, where there is a scale for each.
    """

    name: str
    values: np.ndarray
    axis: int | None


def read_tensors(path, axis="last") -> list[Tensor]:
    """All tensors of a file, in its order.

    Parameters
    ----------
    path : path
        An archive ``.npz``, or a network ``.onnx``, of which the constant operands of products and convolutions are
        read.
    axis : str
        Of the output channels in the arrays of an archive: ``last``, a number, or ``none`` for one scale per tensor.
        An array of one dimension has one scale. A network knows its own axes.

    Raises
    ------
    UsageError
        No such file, no such format, nothing in it, or a missing package.
    """
    path = Path(path)
    if not path.is_file():
        raise UsageError(f"{path}: there is no such file")
    readers = {".npz": _read_npz, ".onnx": _read_onnx}
    if path.suffix not in readers:
        raise UsageError(f"{path}: give an archive .npz or a network .onnx")
    tensors = readers[path.suffix](path, axis)
    if not tensors:
        raise UsageError(f"{path}: there are no tensors in it")
    return tensors


def _read_npz(path, axis):
    if axis not in ("last", "none") and not axis.lstrip("-").isdigit():
        raise UsageError(f"--axis {axis}: give last, none or a number")
    if not zipfile.is_zipfile(path):
        raise UsageError(f"{path}: not an archive of arrays, as numpy.savez makes them")
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise UsageError(f"{path}: an archive that can't be read: {error}") from None
    arrays = {name: values for name, values in arrays.items() if isinstance(values, np.ndarray)}
    tensors = []
    for name, values in arrays.items():
        place = None if axis == "none" or values.ndim < 2 else -1 if axis == "last" else int(axis)
        if place is not None and not -values.ndim <= place < values.ndim:
            raise UsageError(f"--axis {axis}: {name} has the shape {values.shape}")
        tensors.append(Tensor(name, values, place))
    return tensors


def _read_onnx(path, _axis):
    try:
        import onnx
        from onnx import numpy_helper
    except ModuleNotFoundError:
        raise ToolError(f"{path}: {missing('onnx')}") from None
    try:
        graph = onnx.load(path).graph
    except Exception as error:  # a broken file raises what its decoder raises
        raise UsageError(f"{path}: not an ONNX network: {error}") from None
    constants = {constant.name: constant for constant in graph.initializer}
    constants |= {node.output[0]: node.attribute[0].t for node in graph.node
                  if node.op_type == "Constant" and node.attribute and node.attribute[0].name == "value"}
    tensors = {}
    for number, node in enumerate(graph.node):
        place = _weight(node, constants)
        if place is None or node.input[place] in tensors:
            continue
        values = numpy_helper.to_array(constants[node.input[place]])
        name = (node.name or f"{node.op_type}_{number}").strip("/")
        tensors[node.input[place]] = Tensor(name, values, _output_axis(node, place, values))
    return list(tensors.values())


def _weight(node, constants):
    """Which input of a node is a constant matrix or kernel, if the node is a product or a convolution."""
    if node.op_type not in ("MatMul", "Gemm", *OUTPUT_AXIS):
        return None
    matrices = [place for place in (1, 0) if place < len(node.input) and node.input[place] in constants
                and len(constants[node.input[place]].dims) >= 2]
    return matrices[0] if matrices else None


def _output_axis(node, place, values):
    if node.op_type in OUTPUT_AXIS:
        return OUTPUT_AXIS[node.op_type]
    transposed = {attribute.name: attribute.i for attribute in node.attribute if attribute.name in ("transA", "transB")}
    turned = bool(transposed.get("transB" if place else "transA"))
    return values.ndim - 1 if (place == 1) != turned else values.ndim - 2
