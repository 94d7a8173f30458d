"""`python -m fpga run` and `simulate`, from a shell: what they print, and how they end."""

import re
import signal
import subprocess
import sys

import click
import pytest

from attnforge.fpga.host.errors import JobError, LinkError
from attnforge.gen.command_line import run as run_command_line
from tests.fpga.board.boards_of_tests import tiny_board

FPGA = (sys.executable, "-m", "fpga")


def fpga(*arguments):
    return subprocess.run([*FPGA, *arguments], capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture(scope="module")
def board():
    with tiny_board() as board:
        yield board


def test_run_checks_random_jobs(board):
    run = fpga("run", "--port", board.port, "--patience", "1", "--jobs", "4", "--design", "vitality")
    assert run.returncode == 0, run.stderr
    assert "passed: every result equals the model" in run.stdout
    assert re.search(r"jobs +4\b", run.stdout) and re.search(r"JOB_NUMBER of the last job +4\b", run.stdout)


@pytest.mark.parametrize("options, message", [
    (("--port", "/dev/no-such-port"), "/dev/no-such-port can't be opened at 1000000 baud: No such file or directory"),
    (("--port", "PORT", "--baud", "57600"), "no attnforge core answers at PORT, 57600 baud: "),
    (("--port", "PORT", "--patience", "1", "--design", "ant"), "the core at PORT is vitality, not ant"),
])
def test_a_failure_of_the_link_is_one_line_and_status_1(board, options, message):
    run = fpga("run", *(board.port if word == "PORT" else word for word in options))
    assert run.returncode == 1
    assert run.stderr.startswith("error: " + message.replace("PORT", board.port)) and run.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments, message", [
    (("run",), "Missing option '--port'"),
    (("run", "--port", "x", "--baud", "0"), "Invalid value for '--baud': 0 is not in the range x>=1"),
    (("simulate", "--noise", "2"), "Invalid value for '--noise': 2.0 is not in the range 0<=x<=1"),
    (("simulate", "--design", "vitalty"), "no design 'vitalty'; did you mean vitality?"),
    (("simulate", "--preset", "huge"), "vitality has no preset 'huge'"),
    (("simulate", "--target", "asic"), "no target 'asic'"),
])
def test_misuse_is_told_in_a_line_and_status_2(arguments, message):
    run = fpga(*arguments)
    assert run.returncode == 2 and message in run.stderr and "Traceback" not in run.stderr


def test_simulate_is_a_board_for_run():
    # A shell that runs the tests in the background makes its children deaf to control-C.
    process = subprocess.Popen([*FPGA, "simulate", "--noise", "0.002", "--baud", "500000"], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    with process:
        try:
            command = next(line for line in process.stdout if "python -m fpga" in line).split()[3:]
            run = fpga(*command, "--jobs", "3")
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.communicate(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
    assert run.returncode == 0 and "passed" in run.stdout, run.stderr
    assert process.returncode == 130


def test_a_job_that_does_not_fit_the_core_is_a_bad_request(capsys):
    """As any bad input: status 2, where a failure of the link has 1."""

    @click.command
    def command():
        raise JobError("tokens must be a whole number from 1 to 12 for this core, not 13")

    with pytest.raises(SystemExit) as stop:
        run_command_line(command, "python -m fpga", LinkError, arguments=[])
    assert stop.value.code == 2
    assert capsys.readouterr().err == "error: tokens must be a whole number from 1 to 12 for this core, not 13\n"
