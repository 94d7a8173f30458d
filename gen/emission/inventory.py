"""What an elaborated hierarchy holds: memories, multiplications and primitives, each as often as it is instanced."""

import re
from collections import Counter
from dataclasses import dataclass, field

from attnforge.gen.emission.nets import pin_nets
from attnforge.gen.emission.rtlil import kind

OPERATIONS = {
    **dict.fromkeys(("$dff", "$adff", "$sdff", "$dffe"), "register"),
    **dict.fromkeys(("$add", "$sub", "$neg", "$lt", "$le", "$gt", "$ge", "$eq", "$ne"), "adder"),
    **dict.fromkeys(("$and", "$or", "$xor", "$not", "$mux"), "gate"),
    **dict.fromkeys(("$shl", "$shr", "$sshl", "$sshr", "$shift", "$shiftx"), "shifter"),
}
"""What a bit of an operation costs depends on its kind alone; everything else is small."""
ECP5_MULTIPLIER = "MULT18X18D"


@dataclass(frozen=True)
class Inventory:
    """Counts over the whole hierarchy.

    Attributes
    ----------
    memories : Counter of (width, depth, small)
        ``small`` if the source asks for distributed memory.
    products : Counter of (a_bits, b_bits)
        Multiplications that synthesis maps.
    primitives : Counter of str
        Instances of what is not in the hierarchy: the target's own blocks.
    bits : Counter of str
        Bits of all operations of a kind of `OPERATIONS`.
    enables : tuple of frozenset
        Of each MULT18X18D of an ECP5 the nets at its clock enables: see `attnforge.gen.emission.nets.pin_nets`.
    """

    memories: Counter
    products: Counter
    primitives: Counter
    bits: Counter = field(default_factory=Counter)
    enables: tuple = ()

    @property
    def memory_bits(self) -> int:
        """Bits of all memories."""
        return sum(count * width * depth for (width, depth, _), count in self.memories.items())


def take_inventory(modules, top) -> Inventory:
    """Count in RTLIL modules.

    Parameters
    ----------
    modules : iterable of attnforge.gen.emission.rtlil.Module
    top : str
        Id of the top module.
    """
    modules = {module.name: module for module in modules}
    memories, products, primitives, bits = Counter(), Counter(), Counter(), Counter()
    times = _instances(modules, top)
    for name, count in times.items():
        for item in modules[name].others:
            if match := re.match(r"memory width (\d+) size (\d+)", item[-1]):
                small = any("distributed" in line for line in item[:-1])
                memories[int(match[1]), int(match[2]), small] += count
        for cell in modules[name].cells:
            if kind(cell) == "$mul":
                widths = dict(re.findall(r"parameter \\([AB])_WIDTH (\d+)", "\n".join(cell)))
                products[int(widths["A"]), int(widths["B"])] += count
            elif kind(cell).startswith("\\") and kind(cell) not in modules:
                primitives[kind(cell)[1:]] += count
            elif kind(cell) in OPERATIONS:
                widths = re.findall(r"parameter \\(?:[ABY]_)?WIDTH (\d+)", "\n".join(cell))
                bits[OPERATIONS[kind(cell)]] += count * max(map(int, widths))
    enables = ()
    if primitives[ECP5_MULTIPLIER]:
        enables = tuple(pin_nets(modules, top, ECP5_MULTIPLIER, [f"CE{number}" for number in range(4)]))
    return Inventory(memories, products, primitives, bits, enables)


def _instances(modules, top):
    """How often each module is in the hierarchy."""
    inside = {name: Counter(kind(cell) for cell in module.cells if kind(cell) in modules)
              for name, module in modules.items()}
    times = Counter()

    def visit(name, count):
        times[name] += count
        for inner, number in inside[name].items():
            visit(inner, count * number)

    visit(top, 1)
    return times
