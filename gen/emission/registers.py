"""One always block per register, instead of one for its next value and one for its clock edge."""

import re

_CLOCKED = re.compile(r"^  always @\(posedge clk\)\n    (\S+) <= (_\d+_);\n", re.MULTILINE)
_NEXT = re.compile(r"^  always @\* begin\n    if \(at_start\) begin end\n(.*?)^  end\n", re.MULTILINE | re.DOTALL)
_TEMPORARY = re.compile(r"\b_\d+_\b")


def merge_registers(module: str) -> str:
    """Rewrite one module as yosys writes it.

    A next value that one block computes and one register takes goes into the register's block::

        always @(posedge clk) count <= _3_;         always @(posedge clk) begin
        always @* begin                               if (step)
          _3_ = count;                        ->        count <= count + 1'h1;
          if (step) _3_ = _2_;                      end
        end
    """
    uses = {}
    for name in _TEMPORARY.findall(module):
        uses[name] = uses.get(name, 0) + 1
    registers = {}
    for register, next_value in _CLOCKED.findall(module):
        registers[next_value] = register
    merged = set()

    def merge(match):
        body = match[1]
        names = re.findall(r"^ *(_\d+_)(?:\[[\d:]+\])? = ", body, re.MULTILINE)
        if not names or len(set(names)) > 1:
            return match[0]
        name = names[0]
        # Beside the assignments in the block there are the declaration and the register that takes the value.
        if name not in registers or uses[name] != len(names) + 2 or body.count(name) != len(names):
            return match[0]
        merged.add(name)
        register = registers[name]
        body = re.sub(rf"^( *){name}((?:\[[\d:]+\])?) = ", rf"\1{register}\2 <= ", body, flags=re.MULTILINE)
        body = body.replace(f"    {register} <= {register};\n", "", 1)  # to keep its value needs no statement
        return f"  always @(posedge clk) begin\n{body}  end\n"

    module = _NEXT.sub(merge, module)
    module = _CLOCKED.sub(lambda match: "" if match[2] in merged else match[0], module)
    module = re.sub(r"^  reg (?:signed )?(?:\[\d+:\d+\] )?(_\d+_);\n",
                    lambda match: "" if match[1] in merged else match[0], module, flags=re.MULTILINE)
    if "if (at_start)" not in module:
        module = module.replace("  reg at_start = 0;\n", "")
    return module
