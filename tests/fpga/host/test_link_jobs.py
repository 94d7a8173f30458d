"""Jobs over the whole way: host driver, pseudo-terminal, UART bits, link and core; on a clean and on a noisy line."""

from dataclasses import replace

import numpy as np
import pytest

from attnforge.fpga.host import identify
from attnforge.fpga.host.errors import CoreError
from attnforge.fpga.virtual.board import SimulatedBoard
from attnforge.hdl.vitality import DESIGN
from tests.fpga.board.boards_of_tests import WIDE_TOY, check, opened, random_jobs, tiny_board
from tests.sim import toy

JOBS = 100
NOISE = 0.002


@pytest.fixture(scope="module")
def board():
    with tiny_board() as board:
        yield board


def run_all(board, jobs):
    """Run jobs and check all results; returns line bytes per byte of results, and what the link counted."""
    with opened(board) as device:
        before = board.statistics()
        results = zip(jobs, device.run_many(jobs), strict=True)
        for number, ((job, operands), (outputs, counters)) in enumerate(results, 1):
            check(device, job, operands, outputs)
            assert counters["JOB_NUMBER"] == number
            assert counters["JOB_MACS_LO"] == DESIGN.perf(device.config, job).macs
        after = board.statistics()
    spent = {name: after[name] - before[name] for name in after}
    return spent, device.requests.counts


def throughput(spent, jobs):
    """Tensor bytes per second at the board's baud rate: a bit takes 8 cycles here, 1 us there."""
    tensors = sum(tensor.size for _, operands in jobs for tensor in operands.values())
    tensors += sum(job.tokens * job.value_dim for job, _ in jobs)
    return tensors / (spent["cycles"] / 8 / 1_000_000)


def test_a_hundred_jobs_are_right_on_a_clean_and_on_a_noisy_line(board):
    """On the noisy one, bytes are lost, changed and doubled in both directions, and requests are sent again."""
    with opened(board) as device:
        jobs = random_jobs(device, JOBS)
    spent, counts = run_all(board, jobs)
    assert counts["refused"] == counts["damaged"] == 0
    assert spent["damaged_down"] == spent["damaged_up"] == 0
    clean = throughput(spent, jobs)

    board.set_noise(NOISE)
    spent, counts = run_all(board, jobs)
    board.set_noise(0)
    assert spent["damaged_down"] > 20 and spent["damaged_up"] > 10
    assert counts["refused"] > 10 and counts["damaged"] > 5
    noisy = throughput(spent, jobs)
    print(f"\n{JOBS} jobs at 1 Mbaud: {clean:,.0f} tensor bytes/s clean, {noisy:,.0f} with {NOISE:.1%} noise; "
          f"{spent['busy_cycles'] / spent['seconds']:,.0f} simulated cycles/s")
    assert 0.5 * clean < noisy < clean


@pytest.mark.parametrize("noise", [0.02])
def test_jobs_are_right_on_a_terrible_line(board, noise):
    with opened(board) as device:
        jobs = random_jobs(device, 5, seed=3)
        board.set_noise(noise)
        for (job, operands), (outputs, _) in zip(jobs, device.run_many(jobs), strict=True):
            check(device, job, operands, outputs)
        board.set_noise(0)
        assert int(device.up) < device.up.most


def test_a_long_buffer_does_not_stall_on_a_terrible_line(monkeypatch):
    """The link of the ULX3S has 1 KB; a whole tensor of these in one frame would get through once in 500,000 tries."""
    monkeypatch.setitem(identify.DESIGNS, "toy", toy.DESIGN)
    with SimulatedBoard(toy.DESIGN, WIDE_TOY, target="ecp5") as board, opened(board) as device:
        assert device.up.most == 1008
        rng = np.random.default_rng(0)
        jobs = [device.design.random_job(device.config, rng, tokens=WIDE_TOY.max_tokens) for _ in range(3)]
        board.set_noise(0.02)
        for (job, operands), (outputs, _) in zip(jobs, device.run_many(jobs), strict=True):
            check(device, job, operands, outputs)


def test_the_driver_configures_itself(board):
    with opened(board) as device:
        assert (device.design, device.config) == (DESIGN, DESIGN.presets["tiny"])
        assert device.read("MAX_TOKENS") == device.config.max_tokens
        assert device.read("STATUS") & 1 == 0
        with pytest.raises(ValueError, match="^ID can't be written$"):
            device.write("ID", 1)
        with pytest.raises(ValueError, match="^TOKENS takes 4 bits, not 16$"):
            device.write("TOKENS", 16)


def test_registers_can_be_read_between_the_results_of_a_run(board):
    with opened(board) as device:
        jobs = random_jobs(device, 4)
        for (job, operands), (outputs, _) in zip(jobs, device.run_many(jobs), strict=True):
            check(device, job, operands, outputs)
            assert device.read("MAX_TOKENS") == device.config.max_tokens
            with pytest.raises(RuntimeError, match="still running"):
                device(job, operands)


def test_counters_of_another_job_are_not_taken(board, monkeypatch):
    """They are asked for again, and never passed on."""
    with opened(board) as device:
        read_all, late = device.read_all, [3]

        def lagging(names):
            words = dict(zip(names, read_all(names), strict=True))
            if "JOB_NUMBER" in words and late[0]:
                late[0] -= 1
                words["JOB_NUMBER"] -= 1
            return list(words.values())

        monkeypatch.setattr(device, "read_all", lagging)
        job, operands = random_jobs(device, 1)[0]
        assert device(job, operands)[1]["JOB_NUMBER"] == 1 and late == [0]
        late[0] = 1000
        with pytest.raises(CoreError, match=f"^the core at {board.port} counts job 1 where 2 ended$"):
            device(job, operands)


def test_a_run_that_is_left_in_the_middle_leaves_nothing_behind(board):
    with opened(board) as device:
        jobs = random_jobs(device, 4)
        run = device.run_many(jobs)
        next(run)
        run.close()
        for job, operands in jobs:
            check(device, job, operands, device(job, operands)[0])


def test_any_design_can_be_driven(monkeypatch):
    """Here one whose results are as many as its operands, and as wide as a frame of the link can be."""
    design = replace(toy.DESIGN, presets={"tiny": toy.Config()})
    monkeypatch.setitem(identify.DESIGNS, "toy", design)
    with SimulatedBoard(design, WIDE_TOY) as board, opened(board) as device:
        assert device.config == WIDE_TOY
        longest = design.random_job(device.config, np.random.default_rng(0), tokens=40)
        jobs = [*random_jobs(device, 3), longest]
        for (job, operands), (outputs, counters) in zip(jobs, device.run_many(jobs), strict=True):
            check(device, job, operands, outputs)
            assert counters["ZEROS"] <= job.tokens
