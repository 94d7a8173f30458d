"""A serial port whose troubles are errors of the link."""

import contextlib
import os
import time

import serial

from attnforge.fpga.host.errors import Unplugged

__all__ = ["Port"]

POLL_SECONDS = 0.005  # a read that waits looks at the clock so often
WRITE_SECONDS = 2.0  # beside the time that the bytes take on the line


class Port:
    """An open serial port, for one program at a time: 8 data bits, no parity, 1 stop bit.

    Parameters
    ----------
    path : str
    baud : int

    Raises
    ------
    Unplugged
        In each call, when the port is not or no longer there.
    """

    def __init__(self, path, baud):
        self.path = str(path)
        self.baud = baud
        try:
            self._serial = serial.Serial(
                self.path, baud, timeout=POLL_SECONDS, write_timeout=WRITE_SECONDS, exclusive=True
            )
        except (OSError, ValueError) as error:
            raise Unplugged(f"{self.path} can't be opened at {baud} baud: {_reason(error)}") from error

    def line_seconds(self, count):
        """Time that ``count`` bytes take on the line."""
        return 10 * count / self.baud

    def write(self, data):
        """Send bytes."""
        try:
            self._serial.write(data)
        except (OSError, ValueError, TypeError) as error:
            raise self._gone(error) from error

    def read(self, until):
        """Return what has come, at least a byte; or nothing when ``time.monotonic()`` is ``until``."""
        try:
            while True:
                data = self._serial.read(max(1, self._serial.in_waiting))
                if data or time.monotonic() >= until:
                    return data
        except (OSError, ValueError, TypeError) as error:
            raise self._gone(error) from error

    def drop_input(self):
        """Forget what has come."""
        try:
            while waiting := self._serial.in_waiting:
                self._serial.read(waiting)
        except (OSError, ValueError, TypeError) as error:
            raise self._gone(error) from error

    def close(self):
        """Close the port; never fails."""
        with contextlib.suppress(OSError):
            self._serial.close()

    def _gone(self, error):
        # pyserial turns what the system says of a closed or vanished port into several types.
        return Unplugged(f"{self.path} does not respond any more: unplugged? ({_reason(error)})")


def _reason(error):
    number = getattr(error, "errno", None)
    return os.strerror(number) if number else " ".join(str(error).split())
