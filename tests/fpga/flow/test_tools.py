"""Tools that are missing or fail are told in one line."""

import pytest

from attnforge.fpga.flow import tools


def test_missing_tool_says_what_to_install():
    with pytest.raises(tools.ToolError, match="no-such-tool is missing: run make .venv/stamp"):
        tools.find("no-such-tool")
    with pytest.raises(tools.ToolError, match="no-such-tool is missing: run make .venv/stamp"):
        tools.version("no-such-tool")


def test_failure_holds_the_last_words_and_the_log(folder):
    (folder / "bad.ys").write_text("no_such_command\n")
    with pytest.raises(tools.ToolError, match=r"exit code 1: ERROR: .*no_such_command.*bad\.log"):
        tools.run(tools.YOSYS, "-q", "bad.ys", folder=folder, log="bad.log")


def test_a_tool_without_an_end_is_stopped(tmp_path):
    with pytest.raises(tools.TimedOut, match=r"^sleep was stopped after 0\.01 minutes without an end \(its log: .*\)$"):
        tools.run("sleep", 30, folder=tmp_path, log="sleep.log", minutes=0.01)
