"""Values that registers have at power-up: one initial block per module, which one macro takes away."""

import re

MACRO = "ATTNFORGE_NO_INIT"
"""Defined, it leaves every register without a value until ``rst`` or data give it one, as in an ASIC."""

_VALUED = re.compile(r"^(  (?:output )?reg (?:signed )?(?:\[\d+:\d+\] )?)(\S+) = (\S+);\n", re.MULTILINE)


def start_always_blocks(module: str) -> str:
    """Let ``at_start``, which all ``always @*`` blocks read, change when every process waits for a change.

    A value that comes with the declaration is set before any process runs in SystemVerilog and is no event, so that a
    block whose other inputs stand still would never run; a non-blocking assignment is one in every standard.
    """
    return module.replace("  reg at_start = 0;\n", "  reg at_start;\n  initial at_start <= 1'h0;\n")


def collect_power_up_values(module: str) -> str:
    """Move the initial values of a module's registers from the declarations to a block at its end."""
    values = [f"    {name} = {value};\n" for _, name, value in _VALUED.findall(module)]
    if not values:
        return module
    block = f"`ifndef {MACRO}\n  initial begin\n{''.join(values)}  end\n`endif\nendmodule"
    module = _VALUED.sub(r"\1\2;\n", module)
    return re.sub(r"^endmodule$", lambda _: block, module, flags=re.MULTILINE)
