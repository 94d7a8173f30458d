"""What the demonstration finds out about each head: the hardware's results beside the model's and the references'."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from attnforge.sim.data import HeadTensors
from attnforge.sim.reference import distance, softmax_attention, taylor_attention


@dataclass(frozen=True)
class DemoHead:
    """One head on its way through the demonstration.

    Attributes
    ----------
    tensors : HeadTensors
        Floats, as the network makes them.
    job : design's Job
    operands : dict of integer arrays
    scales : dict of str to float
        Value of one LSB of each tensor.
    expected : integer array, tokens x value_dim
        Results of the bit-exact model.
    """

    tensors: HeadTensors
    job: object
    operands: dict
    scales: dict
    expected: np.ndarray

    @property
    def name(self):
        """Layer and head."""
        return f"{self.tensors.layer}.{self.tensors.head}"

    @cached_property
    def softmax(self):
        """Exact softmax attention of the float tensors."""
        return softmax_attention(self.tensors.query, self.tensors.key, self.tensors.value).output

    @cached_property
    def taylor(self):
        """Taylor attention of the float tensors."""
        return taylor_attention(self.tensors.query, self.tensors.key, self.tensors.value).output

    def value(self, results):
        """Integer results as floats."""
        return results * self.scales["z"]

    def to_taylor(self, results):
        """Distance of integer results from float Taylor attention, in LSBs of the results."""
        return distance(self.value(results), self.taylor, lsb=self.scales["z"])

    def to_softmax(self, results):
        """Distance of integer results from softmax attention."""
        return distance(self.value(results), self.softmax, lsb=self.scales["z"])


def prepare(design, config, tensors):
    """Quantise a head and compute what the hardware must give.

    Parameters
    ----------
    design : Design
    config : its Config
    tensors : HeadTensors
    """
    job, operands, scales = design.quantise(config, tensors.tensors)
    return DemoHead(tensors, job, operands, scales, design.model(config, job, operands)["z"])


@dataclass(frozen=True)
class Cycles:
    """Where the cycles of one head go, heads following each other.

    Attributes
    ----------
    useful : float
        2 n d d_v products over the array's multipliers: what a full array would take.
    padding : float
        Rows and columns without work, since n, d and d_v are no multiples of the array.
    rest : float
        All else: filling, draining and switching.
    softmax : float
        The n^2 (d + d_v) products of softmax attention on as many multipliers, all busy in every cycle.
    """

    useful: float
    padding: float
    rest: float
    softmax: float

    @property
    def interval(self):
        """Cycles from the end of one head to the end of the next."""
        return self.useful + self.padding + self.rest


def split_cycles(config, job, interval):
    """Split a measured interval.

    In K^T V tokens lie on the rows and value features on the columns while the d features pass; in Q G features lie on
    the rows and value features on the columns while the n tokens pass.
    """
    n, d, d_v = job.tokens, job.head_dim, job.value_dim
    multipliers = config.rows * config.columns
    columns = -(-d_v // config.columns)
    padded = columns * (-(-n // config.rows) * d + -(-d // config.rows) * n)
    useful = 2 * n * d * d_v / multipliers
    return Cycles(useful, padded - useful, interval - padded, n * n * (d + d_v) / multipliers)
