"""The ports of a component, by the names that they have in Verilog."""

from amaranth.hdl import Const, Signal, Value
from amaranth.lib.wiring import In

from attnforge.hdl.contract.keywords import KEYWORDS

__all__ = ["flat_ports", "interface"]


def flat_ports(component):
    """The ports of a component by their Verilog names: (signal, "input" or "output")."""
    ports = {}
    for path, member, value in component.signature.flatten(component):
        value = Value.cast(value)
        if isinstance(value, Const) or not len(value):
            continue
        if not isinstance(value, Signal):
            raise TypeError(f"port {path} of {type(component).__name__} must be a signal, not {value!r}")
        name = "__".join(map(str, path))
        ports[f"{name}_" if name in KEYWORDS else name] = (value, "input" if member.flow == In else "output")
    return ports


def interface(component):
    """What two components of one module must have in common, in a form that compares."""
    return tuple((name, direction, len(value), value.shape().signed)
                 for name, (value, direction) in flat_ports(component).items())
