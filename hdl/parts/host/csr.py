"""The register port: 32-bit words at byte addresses, one write or read per cycle, no waiting."""

from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.contract.registers import ADDRESS_BITS

__all__ = ["CsrSignature"]


class CsrSignature(wiring.Signature):
    """Seen from the host; a core has it as ``In(CsrSignature())``.

    Members
    -------
    addr : Out(12)
        Byte address; the two low bits are ignored.
    w_en, w_data : Out(1), Out(32)
        Writes in this cycle.
    r_en : Out(1)
        Reads in this cycle.
    r_data : In(32)
        The word read, in the cycle after ``r_en``; 0 where nothing is to be read. Keeps its value until the next read.
    """

    def __init__(self):
        super().__init__({
            "addr": Out(ADDRESS_BITS),
            "w_en": Out(1),
            "w_data": Out(32),
            "r_en": Out(1),
            "r_data": In(32),
        })
