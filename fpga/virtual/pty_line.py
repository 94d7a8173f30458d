"""A pseudo-terminal in the place of a serial port: the end at which the simulated board sits."""

import fcntl
import os
import select
import struct
import sys
import termios
import tty

__all__ = ["PtyLine"]

TCGETS2 = 0x802C542A  # Linux: terminal settings with baud rates as plain numbers
TERMIOS2 = struct.Struct("=4IB19s2I")


class PtyLine:
    """A raw pseudo-terminal. Nothing here waits, so that a simulation can go on.

    Attributes
    ----------
    path : str
        What a host opens.
    """

    def __init__(self):
        self._ours, self._theirs = os.openpty()
        # Ours stays open beside the host's, or the line would be gone whenever no host has it open.
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)
        self.path = os.ttyname(self._theirs)

    def baud(self):
        """The baud rate that the host has chosen, whatever number it is."""
        if sys.platform == "linux":
            settings = fcntl.ioctl(self._theirs, TCGETS2, bytes(TERMIOS2.size))
            return TERMIOS2.unpack(settings)[-1]
        return termios.tcgetattr(self._theirs)[5]

    def read(self, most, patience=0.0):
        """Bytes from the host; none when there are none in ``patience`` seconds."""
        if patience and not select.select([self._ours], [], [], patience)[0]:
            return b""
        try:
            return os.read(self._ours, most)
        except OSError:
            return b""

    def write(self, data):
        """Bytes to the host; those that nobody reads in time are lost, as on a wire."""
        try:
            os.write(self._ours, data)
        except BlockingIOError:
            termios.tcflush(self._theirs, termios.TCIFLUSH)

    def close(self):
        """Pull the plug."""
        os.close(self._ours)
        os.close(self._theirs)
