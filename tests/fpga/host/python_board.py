"""A board in Python behind a port without wires: link, register port and a core that is the design's model."""

import numpy as np

from attnforge.fpga.host.device import ADDRESS_BYTES, WORD_BYTES
from attnforge.fpga.host.frames import FrameReader, frame
from attnforge.hdl.contract.registers import design_registers
from attnforge.hdl.numeric.layout import pack, unpack
from attnforge.hdl.parts.link.protocol import Command, Status, Waiting, identity_word

BUFFER_BYTES = 64


class PythonBoard:
    """A port as `attnforge.fpga.host.port.Port`, to which each request is answered at once.

    Parameters
    ----------
    design : Design
    config : Config
    change : (Command, int status, bytes) -> (int status, bytes)
        What becomes of the code and the payload of each answer; its CRC is good all the same.
    """

    path, baud = "python", 1_000_000

    def __init__(self, design, config, change=lambda command, code, payload: (code, payload)):
        self.design, self.config, self.change = design, config, change
        self.map = design_registers(design, config)
        self.reader = FrameReader()
        self.answers = b""
        self.job_words = {}
        self.kept = None  # sequence byte of the last request, and its answer
        self.reset()

    def reset(self):
        self.started, self.computed, self.finished = [], 0, 0
        self.beats, self.results = b"", []  # what is left of each job's

    # The port ------------------------------------------------------------------------------------------------------
    def line_seconds(self, count):
        return 0.0

    def write(self, data):
        for body in self.reader.feed(data):
            command = Command(body[1])
            if command == Command.SYNC or self.kept is None or self.kept[0] != body[0]:
                self.kept = body[0], self.serve(command, body[2:])
            code, payload = self.change(command, *self.kept[1])
            self.answers += frame((body[0], code), payload)

    def read(self, until):
        data, self.answers = self.answers, b""
        return data

    def drop_input(self):
        self.answers = b""

    def close(self):
        pass

    # The link and the core -----------------------------------------------------------------------------------------
    def serve(self, command, data):
        """The code and the payload of the answer to a request."""
        payload, status = b"", Status.OK
        if command == Command.SYNC:
            self.reset()
            payload = identity_word(self.config.beat_bytes, BUFFER_BYTES).to_bytes(4, "little")
        elif command == Command.WRITE:
            entry = ADDRESS_BYTES + WORD_BYTES
            for at in range(0, len(data), entry):
                address, word = data[at : at + ADDRESS_BYTES], data[at + ADDRESS_BYTES : at + entry]
                self.set_word(int.from_bytes(address, "little"), int.from_bytes(word, "little"))
        elif command == Command.READ:
            addresses = np.frombuffer(data, "<u2").tolist()
            payload = b"".join(self.word(address).to_bytes(WORD_BYTES, "little") for address in addresses)
        elif command in (Command.OPERAND, Command.OPERAND_LAST):
            self.beats += data
            if command == Command.OPERAND_LAST:
                self.compute()
        elif command == Command.RESULT:
            most = int.from_bytes(data, "little") // self.config.beat_bytes * self.config.beat_bytes
            payload, rest = (self.results[0][:most], self.results[0][most:]) if self.results else (b"", b"")
            self.results[:1] = [rest] if rest else []
            if payload and not rest:
                status = Status.LAST
                self.finished += 1
        return status | Waiting.RESULTS * bool(self.results), payload

    def compute(self):
        job = self.design.Job(**{field.name: self.started[self.computed][field.name.upper()]
                                 for field in self.design.job_fields(self.config)})
        beats = np.frombuffer(self.beats, np.uint8).reshape(-1, self.config.beat_bytes)
        operands = unpack(self.design.operand_segments(self.config, job), beats)
        outputs = self.design.model(self.config, job, operands)
        results = pack(self.design.result_segments(self.config, job), outputs, self.config.beat_bytes)
        self.results.append(results.tobytes())
        self.computed += 1
        self.beats = b""

    def set_word(self, address, word):
        register = next(each for each in self.map.registers if each.offset == address)
        if register.name == "CONTROL" and word & 1:
            self.started.append(dict(self.job_words))
        self.job_words[register.name] = word

    def word(self, address):
        register = next(each for each in self.map.registers if each.offset == address)
        if register.value is not None:
            return register.value
        running = len(self.started) - self.finished
        words = {"STATUS": (running > 0) | self.config.job_slots - running << 8 | len(self.started) + 1 << 16,
                 "JOB_NUMBER": self.finished, "JOB_CYCLES": 7}
        return words.get(register.name, 0)
