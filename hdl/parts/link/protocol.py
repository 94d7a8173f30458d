"""The words of the host link: what gates and host driver must agree on (docs/link.md tells the whole protocol)."""

import enum

__all__ = ["BUFFER_SIZES", "CRC_BYTES", "ESCAPE", "ESCAPE_FLIP", "FLAG", "LINK_VERSION", "MOST_BEAT_BYTES",
           "STATUS_BITS", "Command", "Status", "Waiting", "identity_word"]

LINK_VERSION = 1
FLAG = 0x7E  # begins and ends a frame
ESCAPE = 0x7D  # the next byte is flipped by ESCAPE_FLIP
ESCAPE_FLIP = 0x20
CRC_BYTES = 4
STATUS_BITS = 2
MOST_BEAT_BYTES = 256  # its identity has a byte for it
BUFFER_SIZES = (64, 128, 256, 512, 1024)  # a RESULT for twice as many has its number where an address has room


class Command(enum.IntEnum):
    """Second byte of a request; the upper five bits are 0."""

    SYNC = 1
    WRITE = 2
    READ = 3
    OPERAND = 4
    OPERAND_LAST = 5
    RESULT = 6


class Status(enum.IntEnum):
    """The two low bits of a response's second byte."""

    OK = 0
    LAST = 1  # RESULT: the final beat of the answer carries `last`
    DAMAGED = 2  # the request was not understood: send it again
    BUSY = 3  # OPERAND: the operands before are still waiting for the core


class Waiting(enum.IntFlag):
    """The two high bits of a response's second byte: what waits in the moment in which it is sent."""

    RESULTS = 0x40  # for the host
    OPERANDS = 0x80  # for the core


def identity_word(beat_bytes: int, buffer_bytes: int) -> int:
    """The answer to SYNC, four bytes little-endian: version, bytes of a beat - 1, bytes of a half of the buffer."""
    return LINK_VERSION | (beat_bytes - 1) << 8 | buffer_bytes << 16
