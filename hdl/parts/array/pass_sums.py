"""Sums that take several passes over an array."""

from amaranth.hdl import Shape, Signal

from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.memory.ram import Ram

__all__ = ["pass_sums"]


def pass_sums(m, platform, *, read, write, partial, bits, depth):
    """Under one column of a systolic array: adds the sum of a pass to those of the passes before it, one per cycle.

    The sums so far lie in a memory. The same index may come again after 4 cycles, which its read, the addition and its
    write take.

    Parameters
    ----------
    m : Module
        Gets the memory and the registers.
    platform : None, Proof or Target
    read : View
        ``index`` and ``en`` (there is a pass before this one) in cycle z, ``first`` (there is none) in z + 2.
    write : View
        ``index`` and ``partial_en`` (another pass follows) in z + 3.
    partial : Value
        Signed sum of this pass, in z + 2.
    bits : int
        Signed width of the whole sum.
    depth : int
        Indices.

    Returns
    -------
    Signal
        The sum up to this pass, in z + 3.
    """
    word = Shape(bits, True)
    partials = place(m, platform, "partials", Ram(word, depth, "partials"))
    so_far = Signal(word, name="so_far")
    s2_partial, s3_sum = (Signal(word, reset_less=True, name=name) for name in ("s2_partial", "s3_sum"))
    with m.If(~read.first):
        m.d.comb += so_far.eq(s2_partial)
    m.d.sync += [s2_partial.eq(partials.r_data), s3_sum.eq(so_far + partial)]
    m.d.comb += [
        partials.r_en.eq(read.en),
        partials.r_address.eq(read.index),
        partials.w_en.eq(write.partial_en),
        partials.w_address.eq(write.index),
        partials.w_data.eq(s3_sum),
    ]
    return s3_sum
