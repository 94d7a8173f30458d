"""Bytes on the line that nobody sent: before, between and within frames, in both directions."""

import random

import pytest

from tests.fpga.board.boards_of_tests import check, opened, random_jobs, tiny_board


class Garbage:
    """Mixes garbage into what a port writes and reads.

    Parameters
    ----------
    port : attnforge.fpga.host.port.Port
    rate : float
        How often, per written frame, and per 20 bytes read.
    within : bool
        Within frames too, and not only between them.
    flags : bool
        May look like flags and escapes.
    """

    def __init__(self, port, rate, within, flags):
        self.rate, self.within, self.flags = rate, within, flags
        self.random = random.Random(1)
        self.added = 0
        self._write, self._read = port.write, port.read
        port.write, port.read = self.write, self.read

    def mixed(self, data, rate):
        if not data or self.random.random() >= rate:
            return data
        at = self.random.randrange(len(data) + 1) if self.within else 0
        self.added += 1
        return data[:at] + self.bytes() + data[at:]

    def bytes(self):
        count = self.random.randint(1, 20)
        if self.flags:
            return bytes(self.random.choice((0x7E, 0x7D, self.random.randrange(256))) for _ in range(count))
        return bytes(self.random.randrange(0x7D) for _ in range(count))

    def write(self, data):
        self._write(self.mixed(data, self.rate))

    def read(self, until):
        data = self._read(until)
        return self.mixed(data, self.rate * len(data) / 20)


@pytest.fixture(scope="module")
def board():
    with tiny_board() as board:
        yield board


@pytest.mark.parametrize("within, flags", [(False, False), (False, True), (True, False), (True, True)])
def test_garbage_on_the_line(board, within, flags):
    with opened(board) as device:
        garbage = Garbage(device.port, 0.3, within, flags)
        jobs = random_jobs(device, 8)
        for (job, operands), (outputs, _) in zip(jobs, device.run_many(jobs), strict=True):
            check(device, job, operands, outputs)
        assert garbage.added > 10
    # Whatever was added last must not hurt the next host.
    device.port = None
    with opened(board) as device:
        check(device, *jobs[0], device(*jobs[0])[0])


def test_garbage_before_the_first_frame(board):
    with opened(board) as device:
        device.port.write(bytes(range(256)) * 3)
    with opened(board) as device:
        job, operands = random_jobs(device, 1)[0]
        check(device, job, operands, device(job, operands)[0])
