"""Matrix products of published networks by name: the shapes of all of one inference.

Convolutions are products by im2col: a row of A is what a kernel sees for one output pixel, a column of W one kernel.
"""

from collections import Counter
from dataclasses import dataclass

__all__ = ["GEMMS", "Gemm", "GemmWorkload"]


@dataclass(frozen=True, order=True)
class Gemm:
    """Shape of one product, A (M x K) times W (K x N).

    Attributes
    ----------
    m : int
        Rows of A: tokens, or output pixels of all images of a batch.
    k : int
        Columns of A and rows of W: inputs, or input channels times kernel.
    n : int
        Columns of W: outputs, or output channels.
    """

    m: int
    k: int
    n: int

    @property
    def macs(self):
        """Products: M K N."""
        return self.m * self.k * self.n


@dataclass(frozen=True)
class GemmWorkload:
    """The products of one inference of a network, or of a batch of them."""

    name: str
    title: str
    jobs: tuple[Gemm, ...]

    @property
    def shapes(self):
        """``Counter`` of the distinct shapes: what a cycle count needs."""
        return Counter(self.jobs)

    @property
    def macs(self):
        """Products of all."""
        return sum(gemm.macs for gemm in self.jobs)


# Side of the output, input channels, side of the kernel, output channels, how many such layers.
RESNET18 = (
    (112, 3, 7, 64, 1),
    (56, 64, 3, 64, 4),
    (28, 64, 3, 128, 1), (28, 128, 3, 128, 3), (28, 64, 1, 128, 1),
    (14, 128, 3, 256, 1), (14, 256, 3, 256, 3), (14, 128, 1, 256, 1),
    (7, 256, 3, 512, 1), (7, 512, 3, 512, 3), (7, 256, 1, 512, 1),
    (1, 512, 1, 1000, 1),
)  # fmt: skip


def _resnet18(name, batch):
    gemms = (
        gemm
        for side, inputs, kernel, outputs, count in RESNET18
        for gemm in (Gemm(batch * side**2, inputs * kernel**2, outputs),) * count
    )
    return GemmWorkload(name, f"ResNet-18, 224 px, batch {batch}, all layers", tuple(gemms))


def _transformer(name, title, layers, tokens, width):
    """The linear layers of the encoder: query, key and value in one, projection, and both of the MLP."""
    shapes = ((width, 3 * width), (width, width), (width, 4 * width), (4 * width, width))
    return GemmWorkload(name, title, tuple(Gemm(tokens, k, n) for k, n in shapes) * layers)


_ALL = (
    _resnet18("resnet18", 1),
    _resnet18("resnet18-b64", 64),
    _transformer("dinov2-s14-linear", "DINOv2 ViT-S/14, 224 px, linear layers", layers=12, tokens=257, width=384),
)

GEMMS = {workload.name: workload for workload in _ALL}
