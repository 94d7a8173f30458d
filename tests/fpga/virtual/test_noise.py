"""The noisy line does what it says, the same for the same seed; a pseudo-terminal passes bytes as they are."""

import serial

from attnforge.fpga.virtual.noise import NoisyLine
from attnforge.fpga.virtual.pty_line import PtyLine

DATA = bytes(range(256)) * 40


def test_a_clean_line_changes_nothing():
    line = NoisyLine(0.0, 1)
    assert line.pass_on(DATA) == DATA and line.damaged == 0


def test_bytes_are_lost_changed_and_doubled_in_equal_parts():
    line, kinds = NoisyLine(0.3, 1), {"lost": 0, "doubled": 0, "changed": 0}
    for value in DATA:
        out = line.pass_on(bytes([value]))
        if out != bytes([value]):
            kinds["lost" if not out else "doubled" if out == bytes([value]) * 2 else "changed"] += 1
            assert len(out) != 1 or (out[0] ^ value).bit_count() == 1
    assert sum(kinds.values()) == line.damaged and 0.27 < line.damaged / len(DATA) < 0.33
    assert all(0.28 < count / line.damaged < 0.39 for count in kinds.values())


def test_the_seed_decides():
    assert NoisyLine(0.1, 5).pass_on(DATA) == NoisyLine(0.1, 5).pass_on(DATA) != NoisyLine(0.1, 6).pass_on(DATA)


def test_a_pseudo_terminal_passes_every_byte_and_tells_the_baud_rate():
    line = PtyLine()
    try:
        for baud in (9600, 1_000_000, 1_234_567):
            with serial.Serial(line.path, baud, timeout=2) as port:
                assert line.baud() == baud
                port.write(DATA[:1000])
                got = b""
                while len(got) < 1000 and (part := line.read(300, patience=2)):
                    got += part
                assert got == DATA[:1000] and line.read(10) == b""
                line.write(DATA[:1000])
                assert port.read(1000) == DATA[:1000]
    finally:
        line.close()
