"""Requests and answers of the host link: sent again until they went through (docs/link.md)."""

import random
import time
from collections import deque
from dataclasses import dataclass

from attnforge.fpga.host.errors import NoAnswer, WrongCore
from attnforge.fpga.host.frames import FrameReader, frame
from attnforge.hdl.parts.link.protocol import (
    BUFFER_SIZES,
    CRC_BYTES,
    LINK_VERSION,
    MOST_BEAT_BYTES,
    STATUS_BITS,
    Command,
    Status,
    Waiting,
)

__all__ = ["Answer", "Requests"]

OVERHEAD_BYTES = 16  # flags, header, CRC, and some escapes
SILENT_TRIES = 4  # tries in a row that may stay without an answer
PACE_SAMPLES = 16
IDENTITY_BYTES = 4
OPERANDS = (Command.OPERAND, Command.OPERAND_LAST)  # a BUSY to anything else is late, from a second try of these


@dataclass(frozen=True)
class Answer:
    """What came back.

    Attributes
    ----------
    status : Status
    waiting : Waiting
    payload : bytes
    damages : int
        Tries in vain before.
    """

    status: Status
    waiting: Waiting
    payload: bytes
    damages: int


class Requests:
    """One request at a time over a port, until it is answered.

    Parameters
    ----------
    port : Port
    patience : float
        Seconds to wait for an answer beside the time that its bytes take on the line.
    timeout : float
        Seconds after which a request is given up, however often it was tried.

    Attributes
    ----------
    buffer_bytes, beat_bytes : int or None
        Of the link, once `sync` was called.
    counts : dict
        ``requests``; the tries in vain: those answered as ``refused``, with a ``damaged`` answer, and with ``none``;
        bytes ``sent`` and ``received``.
    """

    def __init__(self, port, *, patience, timeout):
        self.port = port
        self.patience = patience
        self.timeout = timeout
        self.buffer_bytes = self.beat_bytes = None
        self.counts = dict.fromkeys(("requests", "refused", "damaged", "none", "sent", "received"), 0)
        self._reader = FrameReader()
        self._sequence = 0
        self._pace = deque(maxlen=PACE_SAMPLES)  # seconds per byte of late exchanges

    def sync(self):
        """Begin anew: the link forgets what it holds, and the core gets a soft reset.

        Raises
        ------
        NoAnswer, WrongCore, Unplugged
        """
        self.port.drop_input()
        self._reader.forget()
        # Not one that a late answer could have.
        self._sequence = (self._sequence + random.randrange(64, 192)) % 256
        answer = self._exchange(Command.SYNC, b"", self._sequence, IDENTITY_BYTES)
        self.beat_bytes, self.buffer_bytes = self._identity(answer.payload)

    def _identity(self, payload):
        """Bytes of a beat and of a buffer, from the answer to SYNC."""
        path = self.port.path
        if not payload or payload[0] != LINK_VERSION:
            found = payload[0] if payload else "none"
            raise WrongCore(f"{path} speaks version {found} of the host link, this driver {LINK_VERSION}")
        if len(payload) != IDENTITY_BYTES:
            raise WrongCore(f"{path} answers SYNC with {len(payload)} bytes, where a host link has {IDENTITY_BYTES}")
        beat, size = payload[1] + 1, int.from_bytes(payload[2:4], "little")
        if size not in BUFFER_SIZES:
            raise WrongCore(f"{path} reports buffers of {size} bytes, where a host link has "
                            f"{', '.join(map(str, BUFFER_SIZES))}")
        most = min(MOST_BEAT_BYTES, size // 2)
        if beat & beat - 1 or beat > most:
            raise WrongCore(f"{path} reports beats of {beat} bytes, where a host link has powers of two up to {most}")
        return beat, size

    @property
    def request_bytes(self):
        """Bytes of payload that a request may have."""
        return self.buffer_bytes - CRC_BYTES

    @property
    def answer_bytes(self):
        """Bytes of payload that an answer may have."""
        return 2 * self.buffer_bytes

    def ask(self, command, payload=b"", expected=0):
        """Send a request and return its answer; BUSY is one.

        Parameters
        ----------
        command : Command
        payload : bytes
        expected : int
            Bytes of the answer's payload; of that of RESULT, the most.

        Raises
        ------
        NoAnswer, Unplugged
        WrongCore
            The answer is none that a host link gives to this request.
        """
        following = (self._sequence + 1) % 256
        answer = self._exchange(command, payload, following, expected)
        count, last = len(answer.payload), answer.status == Status.LAST
        results = command == Command.RESULT
        good = count <= expected and count % self.beat_bytes == 0 if results else count == expected
        if not good or last and not (results and count):
            wanted = f"at most {expected} in whole beats" if results else expected
            raise WrongCore(f"{self.port.path} answers {command.name} with {count} bytes{' and LAST' * last}, "
                            f"where a host link has {wanted}")
        if answer.status != Status.BUSY:
            self._sequence = following
        return answer

    def _exchange(self, command, payload, sequence, expected):
        raw = frame((sequence, command), payload)
        wait = self.patience + self.port.line_seconds(len(raw) + 2 * expected + OVERHEAD_BYTES)
        if command == Command.RESULT:
            wait += self.buffer_bytes / self.port.baud  # so many bit times the link waits for results
        deadline = time.monotonic() + self.timeout
        received = self._reader.received
        self.counts["requests"] += 1
        tries = silent = 0
        while silent < SILENT_TRIES and time.monotonic() < deadline:
            tries += 1
            self.port.write(raw)
            self.counts["sent"] += len(raw)
            began = time.monotonic()
            # No sooner than this is the line free again. Each try makes an answer: more of them would only pile up.
            free = began + self._seconds_per_byte() * (len(raw) + OVERHEAD_BYTES)
            verdict, answer = self._listen(command, sequence, min(deadline, began + wait), free)
            if answer:
                if tries == 1:
                    self._pace.append((time.monotonic() - began) / (len(raw) + len(answer[-1]) + OVERHEAD_BYTES))
                return Answer(*answer, damages=tries - 1)
            self.counts[verdict] += 1
            silent = silent + 1 if verdict == "none" else 0
            self._reader.forget()
        heard = self._reader.received - received
        noise = f"{heard} bytes came, but no answer" if heard else "not a byte came"
        raise NoAnswer(f"no attnforge core answers at {self.port.path}, {self.port.baud} baud: {noise}")

    def _seconds_per_byte(self):
        """As fast as it went lately: a simulated line is much slower than its baud rate says."""
        return max(self.port.line_seconds(1), min(self._pace, default=0))

    def _listen(self, command, sequence, until, free):
        """Wait for the answer; returns a word for what came instead, and the answer's parts or None."""
        before = (sequence - 1) % 256
        verdict = "none"
        while data := self.port.read(until):
            self.counts["received"] += len(data)
            for body in self._reader.feed(data):
                if body is None:
                    verdict, until = "damaged", min(until, free)
                    continue
                status = Status(body[1] & (1 << STATUS_BITS) - 1)
                waiting = Waiting(body[1] & sum(Waiting))
                if status in (Status.OK, Status.LAST) and body[0] == sequence:
                    if status | waiting != body[1]:
                        raise WrongCore(f"{self.port.path} answers with the code {body[1]:#04x}, "
                                        "which a host link does not have")
                    return "good", (status, waiting, body[2:])
                if status == Status.BUSY and body[0] == before and command in OPERANDS:
                    return "good", (status, waiting, b"")
                if status == Status.DAMAGED and (body[0] in (before, sequence) or command == Command.SYNC):
                    verdict, until = "refused", min(until, free)
                # Anything else answers what was asked before.
            if time.monotonic() >= until:
                break
        return verdict, None
