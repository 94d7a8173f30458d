"""What the tests of the host link share: simulated boards, and jobs whose results are checked."""

import time
from contextlib import contextmanager

import numpy as np

from attnforge.fpga.host.device import Device
from attnforge.fpga.virtual.board import SimulatedBoard
from attnforge.hdl.vitality import DESIGN
from tests.sim import toy

PATIENCE = 0.6  # a simulated board answers late on a busy machine
TIMEOUT = 10.0
WIDE_TOY = toy.Config(max_tokens=40, beat_bytes=16)  # several frames for a tensor
SLACK = 3.0  # what a busy machine may add to a time-out


def tiny_board(**options):
    """The tiny core of ViTALiTy on a simulated board."""
    return SimulatedBoard(DESIGN, DESIGN.presets["tiny"], **options)


def opened(board, **options):
    return Device.open(board.port, **{"baud": board.baud, "patience": PATIENCE, "timeout": TIMEOUT, **options})


def random_jobs(device, count, seed=1):
    rng = np.random.default_rng(seed)
    return [device.design.random_job(device.config, rng) for _ in range(count)]


def check(device, job, operands, outputs):
    """Every result is the model's."""
    wanted = device.design.model(device.config, job, operands)
    assert wanted.keys() == outputs.keys()
    for name, tensor in wanted.items():
        assert np.array_equal(tensor, outputs[name]), (name, job)


def check_good_job(device, seed=7):
    """The device works, as if nothing had been."""
    for job, operands in random_jobs(device, 2, seed):
        outputs, counters = device(job, operands)
        check(device, job, operands, outputs)
        assert counters["JOB_CYCLES"] > 0


@contextmanager
def at_most(seconds):
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds
