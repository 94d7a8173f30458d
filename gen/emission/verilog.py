"""RTLIL to Verilog that a person can read: one yosys call, then a tidy layout of its text.

The Verilog is of the 2005 standard: ports declared in the module's head, modules from the top down, a comment with the
component's purpose above each, assertions where synthesis does not look.
"""

import re

from attnforge.gen.emission.power_up import collect_power_up_values, start_always_blocks
from attnforge.gen.emission.registers import merge_registers
from attnforge.gen.yosys import run_yosys

_DECLARATION = re.compile(r"  (input|output) (.*);")
_VARIABLE = re.compile(r"  (wire|reg) (.*);")
_ASSERTION = re.compile(r"^( *)(?:\w+: )?assert \((.*)\);$", re.MULTILINE)
_TRIGGER = re.compile(r"\\\$auto\$verilog_backend\S+ ")


def to_verilog(rtlil: str, comments=None, header: str = "") -> str:
    """Convert RTLIL modules, the top first.

    Parameters
    ----------
    rtlil : str
    comments : mapping of str to str
        A line to put above a module, by its name.
    header : str
        Lines to put on top of the file, without comment signs.
    """
    text = run_yosys(f"read_rtlil <<rtlil\n{rtlil}\nrtlil\nproc -nomux -norom -noopt\nmemory_collect\nwrite_verilog\n")
    modules = {}
    for part in re.findall(r"^module .*?^endmodule$", text, re.MULTILINE | re.DOTALL):
        modules[re.match(r"module (\w+)", part)[1]] = part
    top = re.search(r"^module \\(\S+)", rtlil, re.MULTILINE)[1]
    parts = ["".join(f"// {line}".rstrip() + "\n" for line in header.splitlines())] if header else []
    for name in _top_down(modules, top):
        comment = (comments or {}).get(name, "")
        parts.append((f"// {comment}\n" if comment else "") + _tidy(modules[name]) + "\n")
    return "\n".join(parts)


def _top_down(modules, top):
    """Names of the modules: each before those that it is the first to use."""
    order, waiting = {}, [top]
    while waiting:
        name = waiting.pop()
        if name not in order:
            order[name] = None
            used = re.findall(r"^  (\w+)(?: #\(.*?\))? \S+ \($", modules[name], re.MULTILINE | re.DOTALL)
            waiting += [inner for inner in reversed(dict.fromkeys(used)) if inner in modules]
    return [*order, *(name for name in modules if name not in order)]


def _tidy(module):
    # yosys makes every always block read a constant register, so that simulators run the block at time zero.
    module = _TRIGGER.sub("at_start", module)
    module = collect_power_up_values(start_always_blocks(merge_registers(module)))
    return _guard_assertions(_declare_ports_in_head(module))


def _declare_ports_in_head(module):
    """Turn ``module m(a);  input a;  wire a;`` into ``module m (input wire a);``."""
    head, body = module.split(");\n", 1)
    lines = body.split("\n")
    ports, rest, place = {}, [], 0
    while place < len(lines):
        port = _DECLARATION.fullmatch(lines[place])
        variable = _VARIABLE.fullmatch(lines[place + 1]) if port else None
        if port and variable and variable[2].startswith(port[2]):
            name = port[2].split()[-1]
            ports[name] = f"  {port[1]} {variable[1]} {variable[2]}"
            place += 2
        else:
            rest.append(lines[place])
            place += 1
    name, _, names = head.partition("(")
    if list(ports) != [port.strip() for port in names.split(",") if port.strip()]:
        return module
    return f"{name.rstrip()} (\n" + ",\n".join(ports.values()) + "\n);\n" + "\n".join(rest)


def _guard_assertions(module):
    """Make assertions plain Verilog that stops a simulation and that synthesis does not see."""
    blocks = re.split(r"(^  always @\([^\n]*begin\n.*?^  end\n)", module, flags=re.MULTILINE | re.DOTALL)
    for place, block in enumerate(blocks):
        if re.search(_ASSERTION, block):
            stop = r'\1if (!(\2)) begin $display("assertion failed in %m"); $finish; end'
            block = _ASSERTION.sub(stop, block)
            blocks[place] = f"`ifndef SYNTHESIS\n{block}`endif\n"
    return "".join(blocks)
