"""How long frames should be: long ones are fast on a clean line, short ones on a noisy line."""

__all__ = ["FrameLength"]

GROWTH = 8  # a good frame lets the next one be longer by a step of this part of the largest


class FrameLength:
    """Length of the payload, in bytes: halved by each damage, longer by a step after each frame without.

    Parameters
    ----------
    most : int
        Where it starts; rounded down to whole beats.
    unit : int
        Bytes of a beat.
    """

    def __init__(self, most, unit):
        self.unit = unit
        self.most = most // unit * unit
        self._length = self.most

    def __int__(self):
        return max(self.unit, self._length // self.unit * self.unit)

    def learn(self, damages):
        """Take note of a frame that went through, after so many tries in vain."""
        if damages:
            self._length = max(self.unit, self._length >> damages)
        else:
            self._length = min(self.most, self._length + max(1, self.most // GROWTH))
