"""Frames of the host link in bytes: what is framed is read back, in whatever pieces it comes; damage is seen."""

import random
import zlib

import pytest

from attnforge.fpga.host.frames import FrameReader, frame


def test_a_frame_byte_by_byte():
    body = bytes([5, 2, 0x7E, 0x7D, 0x20])
    crc = zlib.crc32(body).to_bytes(4, "little")
    assert not {0x7D, 0x7E} & set(crc)
    assert frame((5, 2), b"\x7e\x7d\x20") == b"~~" + b"\x05\x02\x7d\x5e\x7d\x5d\x20" + crc + b"~~"


@pytest.mark.parametrize("seed", range(20))
def test_frames_are_read_in_whatever_pieces_they_come(seed):
    rng = random.Random(seed)
    bodies = [bytes(rng.choice((0x7D, 0x7E, 0x5D, 0x5E, rng.randrange(256))) for _ in range(rng.randint(2, 40)))
              for _ in range(10)]
    stream = b"".join(frame(body[:2], body[2:]) for body in bodies)
    reader, read, at = FrameReader(), [], 0
    while at < len(stream):
        size = rng.randint(1, 30)
        read += reader.feed(stream[at : at + size])
        at += size
    assert read == bodies and reader.received == len(stream)


def test_every_damaged_byte_is_seen():
    body = bytes([1, 2]) + b"payload ~ and }"
    good = frame(body[:2], body[2:])
    for at in range(2, len(good) - 2):
        for damaged in (good[:at] + bytes([good[at] ^ 4]) + good[at + 1 :], good[:at] + good[at + 1 :],
                        good[: at + 1] + good[at:]):
            assert body not in FrameReader().feed(damaged)


@pytest.mark.parametrize("raw", [b"~a~", b"~\x00\x00\x00\x00~", b"~abc}~", b"~}~", frame((1,))])
def test_what_is_no_frame_is_none(raw):
    assert list(FrameReader().feed(raw)) == [None]


def test_empty_frames_are_left_out_and_an_unfinished_one_can_be_forgotten():
    reader = FrameReader()
    assert reader.feed(b"~~~~") == []
    assert reader.feed(b"~half of") == []
    reader.forget()
    assert reader.feed(frame((1, 2))) == [b"\x01\x02"]
