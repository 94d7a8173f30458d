"""Published networks by name: how many heads of which shape one inference runs, and which products of matrices.

The products are in `attnforge.sim.workloads.gemm`. The hybrids count what is attention over n tokens per head: LeViT's
two shrinking layers between its stages, which have fewer queries than keys, are left out, as are all convolutions and
projections.
"""

from collections import Counter
from dataclasses import dataclass

from attnforge.sim.workloads.gemm import GEMMS


@dataclass(frozen=True, order=True)
class Head:
    """Shape of one attention head, the smallest unit that a linear-attention design runs as a job.

    Attributes
    ----------
    tokens : int
        n, the rows of query, key and value.
    head_dim, value_dim : int
        d of query and key, and d_v of value.
    """

    tokens: int
    head_dim: int
    value_dim: int

    @property
    def taylor_macs(self):
        """Products of the two matrix products of Taylor attention: 2 n d d_v."""
        return 2 * self.tokens * self.head_dim * self.value_dim

    @property
    def softmax_macs(self):
        """Products of the two matrix products of softmax attention: n^2 (d + d_v)."""
        return self.tokens**2 * (self.head_dim + self.value_dim)


@dataclass(frozen=True)
class Layer:
    """Equal heads that one layer runs; ``positions`` independent token sets each pass through all of them.

    MobileViT unfolds its feature map into patches and attends among the pixels of one position within the patch, so a
    patch of 2 x 2 pixels makes 4 positions.
    """

    head: Head
    heads: int
    positions: int = 1

    @property
    def jobs(self):
        """Heads times positions, all of shape ``head``."""
        return (self.head,) * (self.heads * self.positions)


@dataclass(frozen=True)
class Workload:
    """All attention layers of one inference of a network."""

    name: str
    title: str
    layers: tuple[Layer, ...]

    @property
    def jobs(self):
        """Every head of the network, in order."""
        return tuple(head for layer in self.layers for head in layer.jobs)

    @property
    def shapes(self):
        """``Counter`` of the distinct head shapes: what a cycle count needs."""
        return Counter(self.jobs)

    @property
    def taylor_macs(self):
        """Products of all heads under Taylor attention."""
        return sum(head.taylor_macs for head in self.jobs)

    @property
    def softmax_macs(self):
        """Products of all heads under softmax attention."""
        return sum(head.softmax_macs for head in self.jobs)


def _uniform(name, title, layers, heads, tokens, dim=64):
    return Workload(name, title, (Layer(Head(tokens, dim, dim), heads),) * layers)


def _levit(name, title, heads, depths):
    stages = zip((196, 49, 16), heads, depths, strict=True)
    return Workload(name, title, tuple(Layer(Head(n, 16, 32), h) for n, h, depth in stages for _ in range(depth)))


def _mobilevit(name, title, dims, heads=4, positions=4):
    stages = zip((256, 64, 16), (dim // heads for dim in dims), (2, 4, 3), strict=True)
    return Workload(
        name, title, tuple(Layer(Head(n, d, d), heads, positions) for n, d, depth in stages for _ in range(depth))
    )


_ALL = (
    _uniform("deit-tiny", "DeiT-Tiny, 224 px", layers=12, heads=3, tokens=197),
    _uniform("deit-small", "DeiT-Small, 224 px", layers=12, heads=6, tokens=197),
    _uniform("deit-base", "DeiT-Base, 224 px", layers=12, heads=12, tokens=197),
    _uniform("dinov2-s14", "DINOv2 ViT-S/14, 224 px", layers=12, heads=6, tokens=257),
    _levit("levit-128", "LeViT-128, 224 px", heads=(4, 8, 12), depths=(4, 4, 4)),
    _levit("levit-128s", "LeViT-128S, 224 px", heads=(4, 6, 8), depths=(2, 3, 4)),
    _mobilevit("mobilevit-xxs", "MobileViT-XXS, 256 px", dims=(64, 80, 96)),
    _mobilevit("mobilevit-xs", "MobileViT-XS, 256 px", dims=(96, 120, 144)),
    _uniform("bert-base", "BERT-base, 512 tokens", layers=12, heads=12, tokens=512),
)

ATTENTION = {workload.name: workload for workload in _ALL}
WORKLOADS = ATTENTION | GEMMS


def workload(name):
    """Look a workload of either kind up by its name.

    Raises
    ------
    ValueError
        There is none; the message lists those that there are.
    """
    try:
        return WORKLOADS[name]
    except KeyError:
        raise ValueError(f"Workload must be one of {', '.join(WORKLOADS)}, not {name!r}") from None


def attention_table():
    """Return a rich table of the workloads: layers, jobs, shapes, and the products of both kinds of attention."""
    from rich.table import Table

    result = Table(title="Attention of one inference")
    for header, justify in (
        ("workload", "left"),
        ("layers", "right"),
        ("jobs", "right"),
        ("jobs: n x d x d_v", "left"),
    ):
        result.add_column(header, justify=justify, no_wrap=True)
    for header in ("Taylor MMAC", "softmax MMAC", "ratio"):
        result.add_column(header, justify="right")
    for entry in ATTENTION.values():
        shapes = "\n".join(f"{count}: {s.tokens} x {s.head_dim} x {s.value_dim}" for s, count in entry.shapes.items())
        taylor, softmax = entry.taylor_macs, entry.softmax_macs
        products = (f"{taylor / 1e6:.1f}", f"{softmax / 1e6:.1f}", f"{softmax / taylor:.2f}")
        result.add_row(entry.name, str(len(entry.layers)), str(len(entry.jobs)), shapes, *products)
    return result


def gemm_table():
    """Return a rich table of the products of matrices."""
    from rich.table import Table

    result = Table(title="Matrix products of one inference, or of a batch")
    for header in ("workload", "products", "products: M x K x N", "GMAC"):
        result.add_column(header, justify="right" if header in ("products", "GMAC") else "left", no_wrap=True)
    for entry in GEMMS.values():
        shapes = "\n".join(f"{count}: {s.m} x {s.k} x {s.n}" for s, count in entry.shapes.items())
        result.add_row(entry.name, str(len(entry.jobs)), shapes, f"{entry.macs / 1e9:.2f}")
    return result
