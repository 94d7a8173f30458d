"""Boards that answer with good checksums and absurd contents: one line, of an error of the link, and in short time."""

import random
import time

import numpy as np
import pytest

from attnforge.fpga.host.device import Device
from attnforge.fpga.host.errors import CoreError, LinkError, WrongCore
from attnforge.gen.registry import DESIGNS
from attnforge.hdl.parts.link.protocol import Command, Status, identity_word
from tests.fpga.host.python_board import PythonBoard

TIMEOUT = 0.05
NAMES = list(DESIGNS)


def run(change=lambda command, code, payload: (code, payload), name="vitality", jobs=2, **sizes):
    """Open a board and run jobs on it, one after the other, as a user does."""
    design = DESIGNS[name]
    config = design.presets["tiny"]
    device = Device(PythonBoard(design, config, change), patience=0.0, timeout=TIMEOUT)
    device._identify(None)
    rng = np.random.default_rng(1)
    given = [design.random_job(config, rng, **sizes) for _ in range(jobs)]
    return given, list(device.run_many(given)), device


@pytest.mark.parametrize("name", NAMES)
def test_the_board_in_python_is_a_board(name):
    given, found, device = run(name=name, jobs=5)
    for (job, operands), (outputs, counters) in zip(given, found, strict=True):
        wanted = device.design.model(device.config, job, operands)
        assert all(np.array_equal(wanted[each], outputs[each]) for each in wanted) and counters["JOB_CYCLES"] == 7


def on(command, *answers):
    """Change the n-th answer to a command to ``answers[n]``, and all that follow to the last one of these."""
    answers = list(answers)

    def change(asked, code, payload):
        if asked != command:
            return code, payload
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return answer(code, payload) if callable(answer) else (code, answer)

    return change


def sync(beat_bytes, buffer_bytes):
    return identity_word(beat_bytes, buffer_bytes).to_bytes(4, "little")


def without_last(code, payload):
    return code & ~int(Status.LAST), payload


def same(code, payload):
    return code, payload


@pytest.mark.parametrize("payload, message", [
    (b"", "^python speaks version none of the host link, this driver 1$"),
    (b"\x02", "^python speaks version 2 of the host link, this driver 1$"),
    *((sync(4, 64)[:count], f"^python answers SYNC with {count} bytes, where a host link has 4$")
      for count in (1, 2, 3)),
    (sync(4, 64) + b"\0", "^python answers SYNC with 5 bytes, where a host link has 4$"),
    *((sync(4, size), f"^python reports buffers of {size} bytes, where a host link has 64, 128, 256, 512, 1024$")
      for size in (0, 1, 2, 3, 4, 5, 6, 63, 2048)),
    (sync(3, 64), "^python reports beats of 3 bytes, where a host link has powers of two up to 32$"),
    (sync(64, 64), "^python reports beats of 64 bytes, where a host link has powers of two up to 32$"),
    (sync(8, 64), "^the link at python is made for beats of 8 bytes, its core for 4$"),
])  # fmt: skip
def test_an_identity_that_no_link_has(payload, message):
    with pytest.raises(WrongCore, match=message):
        run(on(Command.SYNC, payload))


@pytest.mark.parametrize("change, kind, message", [
    (on(Command.READ, b""), WrongCore, "^python answers READ with 0 bytes, where a host link has 16$"),
    (on(Command.WRITE, b"abcd"), WrongCore, "^python answers WRITE with 4 bytes, where a host link has 0$"),
    (on(Command.OPERAND, b"abcd"), WrongCore, "^python answers OPERAND with 4 bytes, where a host link has 0$"),
    (on(Command.RESULT, b"abc"), WrongCore, "^python answers RESULT with 3 bytes.*, where a host link has at most 128"),
    (on(Command.RESULT, lambda code, payload: (Status.LAST, b"")), WrongCore, "RESULT with 0 bytes and LAST, where"),
    (on(Command.READ, lambda code, payload: (Status.LAST, payload)), WrongCore, "READ with 16 bytes and LAST, where"),
    (on(Command.READ, lambda code, payload: (code | 0x10, payload)), WrongCore, "^python answers with the code 0x10, "),
    (on(Command.RESULT, without_last), CoreError, r"gave all \d+ bytes of a job's results, but no `last` with them$"),
    (on(Command.RESULT, lambda code, payload: (Status.LAST, payload[:4])), CoreError,
     r"gave 4 bytes of results where the job has \d\d+$"),
    (on(Command.READ, same, same, same, b"\0\0\0\0\x01\x08\x09\0"), CoreError,
     r"reports 8 free slots of 8, with \d in flight$"),
    (on(Command.READ, same, same, same, b"\xff\0\1\0" + b"\0" * 4), CoreError, "refuses: 255, unknown to this driver$"),
])  # fmt: skip
def test_an_answer_that_no_board_gives(change, kind, message):
    with pytest.raises(kind, match=message):
        run(change, tokens=12, head_dim=7, value_dim=10)


WORDS = (0, 1, 2, 0x7E, 0xFFFF, 0x10000, 1 << 31, (1 << 32) - 1)


def absurd(dice, code, payload):
    """An answer of which something is drawn anew: status, length, words, or all."""
    match dice.randrange(6):
        case 0:
            return dice.randrange(256), payload
        case 1:
            return code, payload[: dice.randrange(len(payload) + 1)]
        case 2:
            return code, payload + dice.randbytes(dice.randrange(1, 9))
        case 3:
            return code, dice.randbytes(len(payload))
        case 4:
            return code, dice.randbytes(dice.randrange(0, 20))
        case _:
            at = 4 * dice.randrange(max(1, len(payload) // 4))
            return code, payload[:at] + dice.choice(WORDS).to_bytes(4, "little") + payload[at + 4 :]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("often", [1.0, 0.3, 0.05])
def test_whatever_a_board_says_ends_well(name, often):
    """With results, or with one line of an error of the link, some time after the time-out at most."""
    ends = {"results": 0}
    for seed in range(60):
        dice = random.Random(seed)
        spared = iter(range(dice.randrange(8)))  # answers that are left as they are, so that some runs get far

        def change(command, code, payload, dice=dice, left=spared):
            spare = next(left, None) is not None or dice.random() > often
            return (code, payload) if spare else absurd(dice, code, payload)

        began = time.monotonic()
        try:
            run(change, name)
            ends["results"] += 1
        except LinkError as error:
            assert str(error) and "\n" not in str(error)
            ends[type(error).__name__] = ends.get(type(error).__name__, 0) + 1
        assert time.monotonic() - began < 40 * TIMEOUT, seed
    assert ends.get("WrongCore", 0) > 2 and len(ends) >= 2, ends
