"""Real tensors of a network, committed with the project so that every test and demo has the same ones."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

DINOV2_HEADS = {name: Path(__file__).with_name(f"dinov2_vits14_{name}_qkv.npz") for name in ("china", "flower")}
DINOV2_GEMM = Path(__file__).with_name("dinov2_vits14_china_layer5_gemm.npz")
CHINA_PHOTO = Path(__file__).with_name("china_224.jpg")


@dataclass(frozen=True)
class HeadTensors:
    """Operands of one head, as the network makes them: floats, before any quantisation.

    Attributes
    ----------
    layer, head : int
        Where the head sits in the network, both from zero.
    query, key : float64 array, tokens x head_dim
        Unscaled: the factor 1/sqrt(head_dim) is still to come.
    value : float64 array, tokens x value_dim
    """

    layer: int
    head: int
    query: np.ndarray
    key: np.ndarray
    value: np.ndarray

    @property
    def tensors(self):
        """The operands by their names in the designs' streams, as ``Design.quantise`` takes them."""
        return {"q": self.query, "k": self.key, "v": self.value}


@dataclass(frozen=True)
class GemmTensors:
    """Operands of one matrix product A W, as the network makes them.

    Attributes
    ----------
    name : str
        What the network computes with it.
    a : float64 array (m, k)
        Activations.
    w : float64 array (k, n)
        Weights.
    """

    name: str
    a: np.ndarray
    w: np.ndarray

    @property
    def tensors(self):
        """The operands by their names in the designs' streams, as ``Design.quantise`` takes them."""
        return {"a": self.a, "w": self.w}


def load_gemms(path=DINOV2_GEMM):
    """Read the products of an archive made by ``make_gemm.py``.

    The default archive holds two of layer 5 of a DINOv2 ViT-S/14: the query projection ``q``, 257 x 384 x 384, and
    ``fc2``, 257 x 1536 x 192, the second half of the MLP, whose activations come out of a GELU.

    Returns
    -------
    tuple of GemmTensors
    """
    with np.load(path, allow_pickle=False) as archive:
        names = [name[2:] for name in archive.files if name.startswith("x_")]
        pairs = [[archive[f"{part}_{name}"].astype(np.float64) for part in "xw"] for name in names]
    return tuple(GemmTensors(name, *pair) for name, pair in zip(names, pairs, strict=True))


def load_heads(photograph="china"):
    """Read the heads of an archive made by ``make_dinov2.py``, in order of layer and head.

    The committed archives hold 18 each: layers 0, 5 and 11 of a DINOv2 ViT-S/14, 6 heads of 257 tokens x 64 each. Token
    0 is the class token, the rest a grid of 16 x 16 patches, row by row. Demos and builds use ``china``; ``flower`` is
    for tests alone: no width and no default was chosen on it.

    Parameters
    ----------
    photograph : str or path
        A key of `DINOV2_HEADS`, or the path of another archive.

    Returns
    -------
    tuple of HeadTensors
    """
    path = DINOV2_HEADS.get(photograph, photograph)
    with np.load(path, allow_pickle=False) as archive:
        layers = sorted(int(name[1:]) for name in archive.files if name.startswith("q"))
        stacks = {layer: [archive[f"{letter}{layer}"].astype(np.float64) for letter in "qkv"] for layer in layers}
    return tuple(
        HeadTensors(layer, head, *operands)
        for layer, stack in stacks.items()
        for head, operands in enumerate(zip(*stack, strict=True))
    )
