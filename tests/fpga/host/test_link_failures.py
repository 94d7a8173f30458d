"""What can go wrong with a board: one clear error within its time, and the next good job is right."""

from dataclasses import replace

import numpy as np
import pytest

from attnforge.fpga.host import device as host
from attnforge.fpga.host import identify
from attnforge.fpga.host.device import Device
from attnforge.fpga.host.errors import CoreError, JobError, LinkError, NoAnswer, Unplugged, WrongCore
from attnforge.fpga.virtual.board import SimulatedBoard
from tests.fpga.board.boards_of_tests import (
    PATIENCE,
    SLACK,
    WIDE_TOY,
    at_most,
    check_good_job,
    opened,
    random_jobs,
    tiny_board,
)
from tests.sim import toy

SILENT_TRIES = 4


@pytest.fixture(scope="module")
def board():
    with tiny_board() as board:
        yield board


@pytest.fixture(scope="module")
def toy_board():
    with SimulatedBoard(toy.DESIGN, WIDE_TOY) as board:
        yield board


@pytest.fixture
def known_toy(monkeypatch):
    monkeypatch.setitem(identify.DESIGNS, "toy", toy.DESIGN)


@pytest.mark.parametrize("baud", [9600, 115200, 460800, 921600, 1_100_000, 2_000_000])
def test_a_wrong_baud_rate(board, baud):
    message = rf"^no attnforge core answers at {board.port}, {baud} baud: .*icebreaker 1000000\)$"
    with pytest.raises(NoAnswer, match=message) as error, at_most(SILENT_TRIES * (PATIENCE + 0.1) + SLACK):
        opened(board, baud=baud)
    assert "\n" not in str(error.value)
    with opened(board) as device:
        check_good_job(device)


def test_a_port_that_is_not_there():
    with pytest.raises(Unplugged, match="^/dev/no-such-port can't be opened at 1000000 baud: No such file"):
        Device.open("/dev/no-such-port")


def test_a_port_that_is_in_use(board):
    with opened(board) as device:
        with pytest.raises(Unplugged, match=f"^{board.port} can't be opened at 1000000 baud: Resource temporarily"):
            opened(board)
        check_good_job(device)


def test_unplugged_in_the_midst_of_a_job(board):
    with opened(board) as device:
        run = device.run_many(random_jobs(device, 20))
        next(run)
        board.unplug()
        with pytest.raises(Unplugged, match=rf"^{board.port} does not respond any more: unplugged\?"), at_most(SLACK):
            list(run)
        with pytest.raises(Unplugged), at_most(SLACK):
            device.read("STATUS")
    board.plug()
    with opened(board) as device:
        check_good_job(device)


def test_a_line_that_falls_silent_in_the_midst_of_a_job(board):
    """The port stays; the next call finds everything as it should be."""
    with opened(board) as device:
        run = device.run_many(random_jobs(device, 20))
        next(run)
        board.set_noise(1)
        with pytest.raises(NoAnswer, match="no attnforge core answers"), at_most(device.timeout + SLACK):
            list(run)
        board.set_noise(0)
        check_good_job(device)


def test_a_job_that_is_too_large_is_not_sent(board):
    with opened(board) as device:
        good = random_jobs(device, 1)[0]
        bad = ("tokens", 13, "1 to 12"), ("head_dim", 0, "1 to 7"), ("value_shift", 64, "0 to 63")
        for field, value, limits in bad:
            before = dict(device.requests.counts)
            message = f"^{field} must be a whole number from {limits} for this core, not {value}$"
            with pytest.raises(JobError, match=message):
                device.run_many([good, (replace(good[0], **{field: value}), good[1])])
            assert device.requests.counts == before
        with pytest.raises(JobError, match="^tensor 'q' is missing; there must be k, v, q$"):
            device(good[0], {name: good[1][name] for name in "kv"})
        with pytest.raises(JobError, match="tensor 'v' must have the shape"):
            device(good[0], good[1] | {"v": good[1]["v"][:, :0]})
        with pytest.raises(JobError, match="tensor 'k' of shape .* must hold -128 to 127, not"):
            device(good[0], good[1] | {"k": good[1]["k"] + 1000})
        assert device.requests.counts == before
        check_good_job(device)


@pytest.mark.parametrize("register, name", [("TOKENS", "FIELD_TOKENS"), ("VALUE_DIM", "FIELD_VALUE_DIM")])
def test_a_job_that_the_core_refuses(board, monkeypatch, register, name):
    def careless(*arguments):
        job = prepare(*arguments)
        return replace(job, registers={**job.registers, register: 0})

    prepare = host.prepare
    with opened(board) as device:
        monkeypatch.setattr(host, "prepare", careless)
        with pytest.raises(CoreError, match=rf"refuses: {name}, START with {register} outside 1 \.\. 1") as error:
            device(*random_jobs(device, 1)[0])
        assert error.value.name == name
        monkeypatch.undo()
        assert device.read("ERROR") == 0
        check_good_job(device)


def test_operands_that_end_too_early(board, monkeypatch):
    def careless(*arguments):
        job = prepare(*arguments)
        return replace(job, operands=job.operands[: -device.config.beat_bytes])

    prepare = host.prepare
    with opened(board, timeout=1.5) as device:
        monkeypatch.setattr(host, "prepare", careless)
        with pytest.raises(CoreError, match="refuses: EARLY_LAST"), at_most(1.5 + SLACK):
            device(*random_jobs(device, 1)[0])
        monkeypatch.undo()
        check_good_job(device)


@pytest.mark.parametrize("fault, kind", [("hangs", NoAnswer), ("missing_last", LinkError), ("early_last", CoreError),
                                         ("doubled_beat", CoreError)])
def test_a_core_that_does_not_do_what_it_should(toy_board, known_toy, fault, kind):
    with opened(toy_board, timeout=1.5) as device:
        rng = np.random.default_rng(1)
        bad = toy.broken(fault).random_job(device.config, rng, tokens=10)
        with pytest.raises(kind) as error, at_most(1.5 + SLACK):
            device(*bad)
        assert toy_board.port in str(error.value)
        check_good_job(device)


def test_another_design_than_the_one_asked_for(board):
    with pytest.raises(WrongCore, match=rf"^the core at {board.port} is vitality, not sanger$"):
        opened(board, design="sanger")
    with opened(board, design="vitality") as device:
        check_good_job(device)


def test_a_design_that_is_not_known(toy_board, monkeypatch):
    message = rf"^the core at {toy_board.port} is of the design 'toy'; this driver knows vitality"
    with pytest.raises(WrongCore, match=message):
        opened(toy_board)
    monkeypatch.setitem(identify.DESIGNS, "toy", toy.DESIGN)
    with opened(toy_board) as device:
        check_good_job(device)


def test_another_register_interface(board, monkeypatch):
    with monkeypatch.context() as context:
        context.setattr(identify, "INTERFACE_VERSION", 0x0002_0003)
        with pytest.raises(WrongCore, match=r"has version 2 of the register maps, this driver 2\.3: build its"):
            opened(board)
    with opened(board) as device:
        check_good_job(device)
