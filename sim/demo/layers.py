"""What the demonstration finds out about a layer: its product in several codings, as jobs and as floats."""

from dataclasses import dataclass, field

import numpy as np

from attnforge.hdl.ant.lowering import join, split
from attnforge.hdl.ant.quantise import channel_kinds, quantise_gemm
from attnforge.sim.data import GemmTensors
from attnforge.sim.reference import distance

__all__ = ["CODINGS", "CodedProduct", "Coding", "code"]


@dataclass(frozen=True)
class Coding:
    """A way to put a product's operands into codes: a scale per channel of W, and one for A.

    Attributes
    ----------
    name : str
    bits : int
        Of the widest operand.
    options : dict
        Of `quantise_gemm`.
    per_channel : bool
        A type for each channel of W, not for all of W.
    """

    name: str
    bits: int
    options: dict = field(default_factory=dict)
    per_channel: bool = False


CODINGS = (
    Coding("int4", 4, {"kinds": ("int",)}),
    Coding("ANT4", 4),
    Coding("ANT4 by channel", 4, per_channel=True),
    Coding("ANT4 W, int8 A", 8, {"weight_bits": 4}),
    Coding("int8", 8),
)


@dataclass(frozen=True)
class Part:
    """Columns of W that have one type: a job, or several where they are more than the core takes."""

    columns: np.ndarray
    job: object
    operands: dict
    scales: dict


@dataclass(frozen=True)
class CodedProduct:
    """A layer's product in one coding.

    Attributes
    ----------
    config : Config
    tensors : GemmTensors
    coding : Coding
    parts : tuple of Part
    """

    config: object
    tensors: GemmTensors
    coding: Coding
    parts: tuple[Part, ...]

    @property
    def jobs(self):
        """Jobs with their operands that the core takes, part by part."""
        return [job for part in self.parts for job in split(self.config, part.job, part.operands)]

    def value(self, outputs):
        """Results of all `jobs`, in order, as floats (m, n)."""
        outputs, values = iter(outputs), np.zeros((len(self.tensors.a), self.tensors.w.shape[1]))
        for part in self.parts:
            codes = join([next(outputs) for _ in split(self.config, part.job, part.operands)])["c"]
            values[:, part.columns] = self.config.results[part.job.o_type].value(codes) * part.scales["c"]
        return values

    def to_float(self, outputs):
        """Distance of the jobs' results from the product of the floats."""
        return distance(self.value(outputs), self.tensors.a @ self.tensors.w)

    @property
    def weights_to_float(self):
        """The same with W alone in codes and A in float64, which is no business of a core."""
        w = np.zeros(self.tensors.w.shape)
        for part in self.parts:
            form = self.config.weights[part.job.w_type]
            w[:, part.columns] = form.value(part.operands["w"]) * part.scales["w"]
        return distance(self.tensors.a @ w, self.tensors.a @ self.tensors.w)

    @property
    def weight_types(self):
        """Kinds of W's types, with the number of their channels where there are several."""
        names = [self.config.weights[part.job.w_type].kind for part in self.parts]
        if len(names) == 1:
            return names[0]
        return ", ".join(f"{len(part.columns)} {name}" for name, part in zip(names, self.parts, strict=True))

    @property
    def activation_type(self):
        """Kind of A's type."""
        form = self.config.activations[self.parts[0].job.a_type]
        return form.kind if form.signed else f"unsigned {form.kind}"


def code(config, tensors, coding, *, wide, percents=None):
    """Put a product into codes.

    Parameters
    ----------
    config : Config
    tensors : GemmTensors
    coding : Coding
    wide : bool
        Results as they are, not in codes of the operands' width: what is then left of the distance is the operands'.
    percents : sequence of int
        See `quantise_gemm`.

    Returns
    -------
    CodedProduct

    Raises
    ------
    ValueError
        A product that the core is too small for, or a coding that it does not have.
    """
    options = {"bits": coding.bits, **coding.options}
    if coding.per_channel:
        bits = options.get("weight_bits", coding.bits)
        groups = channel_kinds(config, tensors.w, bits=bits, percents=percents)
        groups = [(columns, {"weight_kinds": (kind,)}) for kind, columns in groups.items()]
    else:
        groups = [(np.arange(tensors.w.shape[1]), {})]
    parts = []
    for columns, kinds in groups:
        part = {"a": tensors.a, "w": tensors.w[:, columns]}
        result_bits = config.wide_bits if wide else None
        found = quantise_gemm(config, part, result_bits=result_bits, percents=percents, whole=True, **options,
                              **kinds)
        split(config, *found[:2])
        parts.append(Part(columns, *found))
    return CodedProduct(config, tensors, coding, tuple(parts))
