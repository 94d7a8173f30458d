"""Putting components into a parent, so that equal ones become one module of the emitted Verilog."""

from amaranth.hdl import ClockSignal, Instance, ResetInserter, ResetSignal

from attnforge.hdl.contract.ports import flat_ports
from attnforge.hdl.parts.proof import Proof, opened

__all__ = ["place"]


def place(m, platform, name, component, *, reset=None):
    """Put ``component`` into ``m`` as the submodule ``name``, and return it.

    The parent reads and drives the component's ports in the same way in all cases:

    - without a platform, in Amaranth's simulator, the component is a plain submodule;
    - with a `Proof` too, and elaborated now, so that the parent's promises can name what is inside;
    - with an emission's `Target`, which has ``module_of(component)``, it is elaborated once for all components of its
      class and key, and ``m`` gets an instance.

    A component that can be placed has an attribute ``key``: a hashable tuple of all its parameters. It uses no clock
    domain but ``sync``. Inserters (`EnableInserter`, `DomainRenamer`) do not reach into an instance.

    Parameters
    ----------
    m : Module
    platform : None, Proof or Target
    name : str
    component : wiring.Component
    reset : Value, 1 bit
        Resets the component, and all that is inside it, beside the parent's reset.

    Raises
    ------
    TypeError
        If the platform is something else, or the component has no key.
    ValueError
        If the component differs from another one of equal key.
    """
    if platform is None or isinstance(platform, Proof):
        inside = component if platform is None else opened(component, platform)
        m.submodules[name] = inside if reset is None else ResetInserter(reset)(inside)
        return component
    if not hasattr(platform, "module_of"):
        raise TypeError(f"platform must be None, a Proof or a Target, not {platform!r}")
    module = platform.module_of(component)
    connections = []
    if "clk" in module.present:
        connections.append(("i", "clk", ClockSignal()))
    if "rst" in module.present:
        connections.append(("i", "rst", ResetSignal() if reset is None else ResetSignal() | reset))
    for port, (signal, direction) in flat_ports(component).items():
        signal.name = f"{name}__{port}"  # the port's name is taken by the parent's own ports, and by the next instance
        if port in module.present:
            connections.append((direction[0], port, signal))
    m.submodules[name] = Instance(module.token, *connections)
    return component
