"""Tools that are missing or fail are told in one line."""

import pytest

from fpga import tools


def test_missing_tool_says_what_to_install():
    with pytest.raises(tools.ToolError, match="no-such-tool is missing: run pip install"):
        tools.find("no-such-tool")
    with pytest.raises(tools.ToolError, match="no-such-tool is missing: run pip install"):
        tools.version("no-such-tool")


def test_failure_holds_the_last_words_and_the_log(folder):
    (folder / "bad.ys").write_text("no_such_command\n")
    with pytest.raises(tools.ToolError, match=r"exit code 1: ERROR: .*no_such_command.*bad\.log"):
        tools.run(tools.YOSYS, "-q", "bad.ys", folder=folder, log="bad.log")
