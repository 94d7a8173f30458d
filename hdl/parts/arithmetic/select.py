"""Selection of one of many values by a binary index."""

from amaranth.hdl import Mux

__all__ = ["select"]


def select(index, values):
    """``values[index]`` as a tree of 2:1 multiplexers; an index beyond the end gives any of the values."""
    values = list(values)
    for bit in range((len(values) - 1).bit_length()):
        pairs = [values[at : at + 2] for at in range(0, len(values), 2)]
        values = [Mux(index[bit], pair[1], pair[0]) if len(pair) == 2 else pair[0] for pair in pairs]
    return values[0]
