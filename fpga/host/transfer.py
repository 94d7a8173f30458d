"""Many jobs over one link: the next ones go out while the core computes."""

import time
from collections import deque
from dataclasses import dataclass, field

from attnforge.fpga.host.errors import CoreError, NoAnswer
from attnforge.fpga.host.job import Prepared
from attnforge.hdl.contract.registers import NUMBER_BITS
from attnforge.hdl.parts.link.protocol import Command, Status, Waiting

__all__ = ["Transfer"]

AHEAD = 2  # jobs in the core: one that computes, and one whose operands are on their way
NUMBER_MASK = (1 << NUMBER_BITS) - 1
COUNTER_READS = 20  # a job's counters are there a few cycles after its last result


@dataclass
class _Flight:
    """A job between its START and its last result."""

    prepared: Prepared
    number: int
    sent: int = 0
    results: bytearray = field(default_factory=bytearray)


class Transfer:
    """Runs prepared jobs on a device, in order.

    Parameters
    ----------
    device : attnforge.fpga.host.device.Device
    jobs : sequence of Prepared
    progress : callable (int)
        Told how many bytes of operands and results went through.
    """

    def __init__(self, device, jobs, progress=lambda count: None):
        self.device = device
        self.requests = device.requests
        self.waiting_jobs = deque(jobs)
        self.flights = deque()
        self.progress = progress
        self.ahead = min(AHEAD, device.config.job_slots)
        self.blocked = False  # operands wait in the link: the core may need to get rid of results
        self.moved = time.monotonic()

    def __iter__(self):
        """Yield (Prepared, bytes of the results, counters) for each job.

        Raises
        ------
        LinkError
        """
        while self.waiting_jobs or self.flights:
            if self.waiting_jobs and len(self.flights) < self.ahead:
                self._start(self.waiting_jobs.popleft())
            unsent = next((each for each in self.flights if each.sent < len(each.prepared.operands)), None)
            if unsent and not self.blocked:
                self._send(unsent)
            elif self._fetch(self.flights[0]):
                flight = self.flights.popleft()
                yield flight.prepared, bytes(flight.results), self._counters(flight.number)
                self.moved = time.monotonic()  # the caller may have taken its time
            if time.monotonic() - self.moved > self.device.timeout:
                self.device.check_error()
                raise NoAnswer(f"the core at {self.device.port.path} gives no results for {self.device.timeout:g} s")

    def _start(self, prepared):
        device = self.device
        device.write_all({**prepared.registers, "CONTROL": device.control("START")})
        error, status = device.read_all(["ERROR", "STATUS"])
        device.check_error(error)
        self.flights.append(_Flight(prepared, self._number(status)))

    def _number(self, status):
        """The number of the job that was just started."""
        free, following = (self.device.registers["STATUS"].field(name).of(status)
                           for name in ("FREE_SLOTS", "NEXT_NUMBER"))
        number, slots = following - 1 & NUMBER_MASK, self.device.config.job_slots
        if free + len(self.flights) + 1 != slots:
            raise CoreError("FREE_SLOTS", f"the core at {self.device.port.path} reports {free} free slots of {slots}, "
                                          f"with {len(self.flights) + 1} in flight")
        if self.flights and number != self.flights[-1].number + 1 & NUMBER_MASK:
            raise CoreError("NEXT_NUMBER", f"the core at {self.device.port.path} counts job {number} behind job "
                                           f"{self.flights[-1].number}")
        return number

    def _send(self, flight):
        length = self.device.up
        operands = flight.prepared.operands
        part = operands[flight.sent : flight.sent + int(length)]
        is_last = flight.sent + len(part) == len(operands)
        answer = self.requests.ask(Command.OPERAND_LAST if is_last else Command.OPERAND, part)
        length.learn(answer.damages)
        self.blocked = answer.status == Status.BUSY
        if not self.blocked:
            flight.sent += len(part)
            self._went(len(part))

    def _fetch(self, flight):
        """Take what results there are; returns whether the job is complete."""
        length = self.device.down
        answer = self.requests.ask(Command.RESULT, int(length).to_bytes(2, "little"), int(length))
        if answer.payload:
            length.learn(answer.damages)
        flight.results += answer.payload
        self.blocked = bool(answer.waiting & Waiting.OPERANDS)
        self._went(len(answer.payload))
        count, wanted, last = len(flight.results), flight.prepared.results, answer.status == Status.LAST
        if count > wanted or last != (count == wanted):
            self.device.check_error()
            what = f"gave all {count} bytes of a job's results, but no `last` with them"
            if count != wanted:
                what = f"gave {count} bytes of results where the job has {wanted}"
            raise CoreError("RESULTS", f"the core at {self.device.port.path} {what}")
        return last

    def _counters(self, number):
        names = [each.name for each in self.device.registers.counters]
        for _ in range(COUNTER_READS):
            counters = dict(zip(names, self.device.read_all(names), strict=True))
            if counters["JOB_NUMBER"] == number:
                return counters
        raise CoreError("JOB_NUMBER", f"the core at {self.device.port.path} counts job {counters['JOB_NUMBER']} "
                                      f"where {number} ended")

    def _went(self, count):
        if count:
            self.moved = time.monotonic()
            self.progress(count)
