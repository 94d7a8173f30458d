"""What a host makes of answers that are late, damaged, refusing or missing; against a port with a script."""

import pytest

from attnforge.fpga.host.errors import NoAnswer, WrongCore
from attnforge.fpga.host.frames import FrameReader, frame
from attnforge.fpga.host.requests import SILENT_TRIES, Requests
from attnforge.hdl.parts.link.protocol import Command, Status, Waiting, identity_word

DAMAGED_BYTES = frame((1, 0))[:-5] + b"\0\0~~"


class ScriptedPort:
    """Answers the n-th written frame with what ``script[n]`` makes of its body; time does not pass."""

    path, baud = "scripted", 1_000_000

    def __init__(self, *script):
        self.script = [self.identify, *script]
        self.asked = []
        self.reader = FrameReader()
        self.answers = b""

    def identify(self, body):
        return frame((body[0], Status.OK), self.identity.to_bytes(4, "little"))

    identity = identity_word(4, 256)

    def line_seconds(self, count):
        return 0.0

    def write(self, data):
        for body in self.reader.feed(data):
            self.asked.append(body)
            self.answers += self.script.pop(0)(body) if self.script else b""

    def read(self, until):
        data, self.answers = self.answers, b""
        return data

    def drop_input(self):
        self.answers = b""


def requests(*script, **options):
    port = ScriptedPort(*script)
    made = Requests(port, **{"patience": 0.0, "timeout": 5.0, **options})
    made.sync()
    return made, port


def answer(status=Status.OK, payload=b"", step=0, waiting=0):
    return lambda body: frame(((body[0] + step) % 256, status | waiting), payload)


def test_the_identity_says_how_long_frames_may_be():
    made, _ = requests()
    assert (made.beat_bytes, made.buffer_bytes, made.request_bytes, made.answer_bytes) == (4, 256, 252, 512)


def test_sequence_bytes_count_and_wrap():
    made, port = requests(*[answer() for _ in range(300)])
    for _ in range(300):
        made.ask(Command.READ)
    numbers = [body[0] for body in port.asked]
    assert all((after - before) % 256 == 1 for before, after in zip(numbers, numbers[1:], strict=False))


def test_an_answer_is_told_with_its_flags_and_with_how_often_it_took():
    made, _ = requests(answer(Status.DAMAGED, step=-1), lambda body: DAMAGED_BYTES, lambda body: b"",
                       answer(Status.LAST, b"abcd", waiting=Waiting.OPERANDS))
    got = made.ask(Command.RESULT, b"\x04\x00", 4)
    assert (got.status, got.waiting, got.payload, got.damages) == (Status.LAST, Waiting.OPERANDS, b"abcd", 3)
    assert (made.counts["refused"], made.counts["damaged"], made.counts["none"]) == (1, 1, 1)


def test_the_same_bytes_are_sent_again():
    made, port = requests(lambda body: b"", answer(Status.DAMAGED, step=-1), answer())
    made.ask(Command.WRITE, b"payload")
    assert port.asked[1] == port.asked[2] == port.asked[3]


def test_late_answers_are_left_out():
    def late(body):
        return answer(payload=b"late", step=-1)(body) + answer(payload=b"later", step=-2)(body) + answer()(body)

    made, _ = requests(late)
    got = made.ask(Command.READ)
    assert (got.payload, got.damages) == (b"", 0)


def test_a_good_answer_counts_although_a_damaged_one_came_before():
    made, port = requests(lambda body: DAMAGED_BYTES + answer(payload=b"good")(body))
    assert made.ask(Command.READ, expected=4).payload == b"good"
    assert len(port.asked) == 2


def test_busy_does_not_use_up_a_sequence_byte():
    made, port = requests(answer(Status.BUSY, step=-1), answer())
    assert made.ask(Command.OPERAND, b"abcd").status == Status.BUSY
    assert made.ask(Command.OPERAND, b"abcd").status == Status.OK
    assert port.asked[1] == port.asked[2]


@pytest.mark.parametrize("command, step", [(Command.RESULT, -1), (Command.OPERAND, -2)])
def test_a_late_busy_is_left_out(command, step):
    """The request that gets it has the sequence byte of the one that was refused, and would be taken for refused."""
    good = b"good" if command == Command.RESULT else b""
    made, port = requests(lambda body: answer(Status.BUSY, step=step)(body) + answer(payload=good)(body))
    got = made.ask(command, expected=len(good))
    assert (got.status, got.payload) == (Status.OK, good)
    assert len(port.asked) == 2


def test_a_sync_is_far_from_the_sequence_bytes_before():
    """So that no late answer looks like its own."""
    made, port = requests()
    port.script += [port.identify] * 20
    for _ in range(20):
        made.sync()
    numbers = [body[0] for body in port.asked]
    assert all(64 <= (after - before) % 256 < 192 for before, after in zip(numbers, numbers[1:], strict=False))


def test_silence_ends_after_a_few_tries():
    made, port = requests()
    with pytest.raises(NoAnswer, match="^no attnforge core answers at scripted, 1000000 baud: not a byte came$"):
        made.ask(Command.READ)
    assert len(port.asked) == 1 + SILENT_TRIES


def test_nothing_but_refusals_ends_with_the_time():
    made, _ = requests(*[answer(Status.DAMAGED, step=-1)] * 100_000, timeout=0.05)
    with pytest.raises(NoAnswer, match="bytes came, but no answer$"):
        made.ask(Command.READ)


def test_another_version_of_the_link_is_refused(monkeypatch):
    monkeypatch.setattr(ScriptedPort, "identity", identity_word(4, 256) + 1)
    with pytest.raises(WrongCore, match="^scripted speaks version 2 of the host link, this driver 1$"):
        requests()
