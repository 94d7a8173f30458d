"""The host driver of every core: finds out what is behind a serial port, and runs jobs on it.

::

    with Device.open("/dev/ttyUSB0", baud=1_000_000) as device:
        outputs, counters = device(job, operands)     # as device.design.model(device.config, job, operands)
"""

import contextlib

import numpy as np

from attnforge.fpga.host.errors import CoreError, NoAnswer, WrongCore
from attnforge.fpga.host.frame_length import FrameLength
from attnforge.fpga.host.identify import identify
from attnforge.fpga.host.job import prepare
from attnforge.fpga.host.port import Port
from attnforge.fpga.host.progress import transfer_bar
from attnforge.fpga.host.requests import Requests
from attnforge.fpga.host.transfer import Transfer
from attnforge.hdl.numeric.layout import unpack
from attnforge.hdl.parts.link.protocol import Command

__all__ = ["DEFAULT_BAUD", "Device"]

DEFAULT_BAUD = 1_000_000
ADDRESS_BYTES, WORD_BYTES = 2, 4


class Device:
    """A core on a board; made by `open`, closed by `close` or at the end of a ``with``.

    After an error of the link the next call begins with a soft reset of the core, so that nothing of the failed one is
    left.

    Attributes
    ----------
    design, config : Design, Config
        As the core tells.
    registers : RegisterMap
    requests : Requests
        ``requests.counts`` has the frames and bytes so far.
    up, down : FrameLength
        Payload bytes of operand and result frames.
    """

    def __init__(self, port, *, patience, timeout):
        self.port = port
        self.timeout = timeout
        self.requests = Requests(port, patience=patience, timeout=timeout)
        self._stale = True  # something of a failed or left call may be in the core
        self._running = False

    @classmethod
    def open(cls, path, *, baud=DEFAULT_BAUD, design=None, patience=0.1, timeout=5.0):
        """Open a port and find out what core is there; it gets a soft reset.

        Parameters
        ----------
        path : str
            Of the serial port.
        baud : int
            Baud rate of the bitstream's host link.
        design : str
            Name of the design that must be there; any, if it is left out.
        patience : float
            Seconds that board and operating system may take for an answer, beside its time on the line.
        timeout : float
            Seconds without any progress after which a call fails.

        Raises
        ------
        Unplugged
            The port can't be opened.
        NoAnswer
            Nothing that speaks the link's protocol is there, or at another baud rate.
        WrongCore
            The core is not one that this driver knows, or not the one that was asked for.
        """
        port = Port(path, baud)
        try:
            device = cls(port, patience=patience, timeout=timeout)
            device._identify(design)
        except BaseException:
            port.close()
            raise
        return device

    def close(self):
        """Close the port; the core keeps what it has."""
        self.port.close()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def __call__(self, job, operands):
        """Run one job.

        Parameters
        ----------
        job : Job
        operands : dict of str to int array

        Returns
        -------
        outputs : dict of str to int array
        counters : dict of str to int

        Raises
        ------
        LinkError
        """
        ((outputs, counters),) = self.run_many([(job, operands)])
        return outputs, counters

    def run_many(self, jobs, *, progress=False):
        """Run jobs one after the other; while one computes, the next ones are sent.

        Parameters
        ----------
        jobs : sequence of (job, operands)
            All are checked before the first one is sent.
        progress : bool
            Show a bar on a terminal.

        Yields
        ------
        outputs, counters
            In order.

        Raises
        ------
        LinkError
        RuntimeError
            Jobs of an earlier call are still in the core: its iterator was neither finished nor closed.
        """
        prepared = [prepare(self.design, self.config, job, operands) for job, operands in jobs]
        return self._run(prepared, progress)

    def _run(self, prepared, progress):
        if self._running:
            raise RuntimeError("jobs are still running: finish or close the iterator of the earlier run_many")
        total = sum(len(each.operands) + each.results for each in prepared)
        with self._call(), self._marked(), transfer_bar(progress, total) as advance:
            for done, results, counters in Transfer(self, prepared, advance):
                beats = np.frombuffer(results, np.uint8).reshape(-1, self.config.beat_bytes)
                yield unpack(self.design.result_segments(self.config, done.job), beats), counters

    def read(self, name):
        """Read the register called ``name``."""
        with self._call():
            return self.read_all([name])[0]

    def write(self, name, value):
        """Write the register called ``name``."""
        register = self.registers[name]
        if register.access != "w" or not 0 <= value < 1 << register.bits:
            raise ValueError(f"{name} takes {register.bits} bits, not {value!r}" if register.access == "w"
                             else f"{name} can't be written")
        with self._call():
            self.write_all({name: value})

    # For Transfer: inside of a call -----------------------------------------------------------------------------------
    def read_all(self, names):
        """Read registers by name.

        Raises
        ------
        WrongCore
            A word has bits that its register does not have.
        """
        words = self._read([self.registers[name].offset for name in names])
        for name, word in zip(names, words, strict=True):
            if word >> self.registers[name].bits:
                raise WrongCore(f"the core at {self.port.path} has {word:#x} in {name}, "
                                f"a register of {self.registers[name].bits} bits")
        return words

    def write_all(self, values):
        """Write registers, in the order of the dict."""
        entry = ADDRESS_BYTES + WORD_BYTES
        data = b"".join(self.registers[name].offset.to_bytes(ADDRESS_BYTES, "little")
                        + value.to_bytes(WORD_BYTES, "little") for name, value in values.items())
        step = self.requests.request_bytes // entry * entry
        for at in range(0, len(data), step):
            self.requests.ask(Command.WRITE, data[at : at + step])

    def control(self, bit):
        """The value of CONTROL with one bit set."""
        return 1 << self.registers["CONTROL"].field(bit).lsb

    def check_error(self, word=None):
        """Raise what the core's ERROR register holds, and clear it.

        Parameters
        ----------
        word : int
            The register, if it was read already.

        Raises
        ------
        CoreError
        """
        word = self.read_all(["ERROR"])[0] if word is None else word
        code = self.registers["ERROR"].field("CODE").of(word)
        if code:
            name = self.registers.error_name(code)
            doc = next((text for known, _, text in self.registers.errors if known == name), "unknown to this driver")
            self.write_all({"CONTROL": self.control("CLEAR_ERROR")})
            raise CoreError(name, f"the core at {self.port.path} refuses: {name}, {doc}")

    def _read(self, addresses):
        step = self.requests.answer_bytes // WORD_BYTES
        step = min(step, self.requests.request_bytes // ADDRESS_BYTES)
        words = []
        for start in range(0, len(addresses), step):
            part = addresses[start : start + step]
            payload = b"".join(each.to_bytes(ADDRESS_BYTES, "little") for each in part)
            answer = self.requests.ask(Command.READ, payload, WORD_BYTES * len(part)).payload
            words += np.frombuffer(answer, "<u4").tolist()
        return words

    def _identify(self, wanted):
        self._sync()
        self.design, self.config, self.registers = identify(self._read, self.port.path)
        if wanted is not None and wanted != self.design.name:
            raise WrongCore(f"the core at {self.port.path} is {self.design.name}, not {wanted}")
        if self.config.beat_bytes != self.requests.beat_bytes:
            raise WrongCore(f"the link at {self.port.path} is made for beats of {self.requests.beat_bytes} bytes, "
                            f"its core for {self.config.beat_bytes}")

    def _sync(self):
        try:
            self.requests.sync()
        except NoAnswer as error:
            raise NoAnswer(f"{error}; check cable, bitstream and baud rate ({_board_rates()})") from None
        beat = self.requests.beat_bytes
        self.up = FrameLength(self.requests.request_bytes, beat)
        self.down = FrameLength(self.requests.answer_bytes, beat)
        self._stale = False

    @contextlib.contextmanager
    def _call(self):
        """Begin with a clean core after anything that did not end well; within running jobs, with the core as it is."""
        if self._running:
            yield
            return
        if self._stale:
            self._sync()
        self._stale = True
        yield
        self._stale = False

    @contextlib.contextmanager
    def _marked(self):
        self._running = True
        try:
            yield
        finally:
            self._running = False


def _board_rates():
    from attnforge.fpga.board.catalogue import BOARDS

    return "by default " + ", ".join(f"{board.name} {board.baud}" for board in BOARDS.values())
