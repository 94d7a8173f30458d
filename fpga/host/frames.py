"""Frames of the host link in bytes: flags, escapes and CRC (docs/link.md)."""

import zlib

from attnforge.hdl.parts.link.protocol import CRC_BYTES, ESCAPE, ESCAPE_FLIP, FLAG

__all__ = ["FrameReader", "frame"]

ESCAPES = {bytes([value]): bytes([ESCAPE, value ^ ESCAPE_FLIP]) for value in (ESCAPE, FLAG)}  # the escape itself first
HEADER_BYTES = 2


def frame(header, payload=b""):
    """Return the bytes on the line of one frame.

    Flags stand twice at both ends: a single damaged one costs nothing, and a frame that is empty means nothing.

    Parameters
    ----------
    header : sequence of int
        Sequence byte, and command or status.
    payload : bytes
    """
    body = bytes(header) + payload
    body += zlib.crc32(body).to_bytes(CRC_BYTES, "little")
    for value, escaped in ESCAPES.items():
        body = body.replace(value, escaped)
    flags = bytes([FLAG, FLAG])
    return flags + body + flags


class FrameReader:
    """Cuts received bytes into frames, whatever pieces they come in.

    Attributes
    ----------
    received : int
        Bytes so far.
    """

    def __init__(self):
        self.received = 0
        self._open = bytearray()

    def forget(self):
        """Leave out what has come of an unfinished frame."""
        self._open.clear()

    def feed(self, data):
        """Return the frames that end in ``data``: header and payload of each in one, or None for a damaged one."""
        self.received += len(data)
        *ended, rest = data.split(bytes([FLAG]))
        frames = []
        for part in ended:
            self._open += part
            if self._open:
                frames.append(self._body(bytes(self._open)))
            self._open.clear()
        self._open += rest
        return frames

    @staticmethod
    def _body(raw):
        pieces = raw.split(bytes([ESCAPE]))
        if not all(pieces[1:]):
            return None  # an escape with nothing behind it
        body = pieces[0] + b"".join(bytes([piece[0] ^ ESCAPE_FLIP]) + piece[1:] for piece in pieces[1:])
        content, check = body[:-CRC_BYTES], body[-CRC_BYTES:]
        good = len(content) >= HEADER_BYTES and zlib.crc32(content).to_bytes(CRC_BYTES, "little") == check
        return content if good else None
