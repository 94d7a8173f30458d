"""A line that loses, changes and doubles bytes: for tests, and to see what the link does about it."""

import random

__all__ = ["NoisyLine"]


class NoisyLine:
    """Damages one direction of a line.

    Parameters
    ----------
    rate : float
        Chance of each byte to be damaged: lost, one bit of it changed, or doubled, which are equally probable.
    seed : object

    Attributes
    ----------
    rate : float
        May be changed at any time.
    damaged : int
        Bytes so far.
    """

    def __init__(self, rate, seed):
        self.rate = rate
        self.damaged = 0
        self._random = random.Random(seed)

    def pass_on(self, data):
        """Return what comes out at the other end."""
        if not self.rate:
            return data
        return b"".join(self._one(data[at : at + 1]) for at in range(len(data)))

    def _one(self, byte):
        if self._random.random() >= self.rate:
            return byte
        self.damaged += 1
        kind = self._random.randrange(3)
        return (b"", byte * 2, bytes([byte[0] ^ 1 << self._random.randrange(8)]))[kind]
