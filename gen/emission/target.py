"""The emission target: what Amaranth calls the platform, and the place where distinct components become modules."""

import re
from dataclasses import dataclass, field

from amaranth.back import rtlil as back
from amaranth.hdl import ClockDomain, Fragment
from amaranth.hdl._ast import SignalDict, SignalSet
from amaranth.hdl._ir import PortDirection

from attnforge.gen.emission.module_names import stems
from attnforge.gen.emission.rtlil_tidy import tidy
from attnforge.hdl.contract.docstrings import docstring
from attnforge.hdl.contract.ports import flat_ports, interface

TARGETS = ("generic", "ecp5", "ice40", "gowin")


@dataclass(eq=False)
class SharedModule:
    """A component that was elaborated, and all that an instance of it needs.

    Attributes
    ----------
    component_class : type
    key : tuple
    ports : tuple of (str, str, int, bool)
        Name, direction, width and signedness, without the clock and the reset.
    present : frozenset of str
        The ports that the module has: ``clk`` and ``rst`` if it needs them, inputs if it reads them, all outputs.
    rtlil : list of Module
        The module and the plain submodules inside it; names still hold tokens.
    """

    component_class: type
    key: tuple
    ports: tuple
    token: str
    present: frozenset = frozenset()
    rtlil: list = field(default_factory=list, repr=False)

    @property
    def title(self) -> str:
        """First line of the component's docstring."""
        return (docstring(self.component_class).strip().splitlines() or [""])[0].replace("``", "").strip()


class Target:
    """Emission target; elaborates each distinct component once.

    Passed as Amaranth's ``platform``. It never stands for a board: it selects the body of a multiplier, and collects
    the modules.

    Parameters
    ----------
    name : str
        One of ``generic``, ``ecp5``, ``ice40``, ``gowin``.
    check_keys : bool
        Elaborate every instance, and compare it with the module it shares. Slow: meant for tests.

    Raises
    ------
    ValueError
        If the name is unknown; while placing, if components of equal key differ, or use each other's inner signals.
    """

    def __init__(self, name="generic", *, check_keys=False):
        if name not in TARGETS:
            raise ValueError(f"Target must be one of {', '.join(TARGETS)}, not {name!r}")
        self.name = name
        self.check_keys = check_keys
        self._modules = {}
        self._owners = SignalDict()

    def module_of(self, component, *, keep_inputs=False) -> SharedModule:
        """The module that stands for ``component``, made now if it is the first of its class and key.

        ``keep_inputs`` is for the top: it keeps inputs that it does not read.
        """
        if not hasattr(component, "key"):
            raise TypeError(f"{type(component).__name__} needs an attribute 'key' to be placed: its parameters")
        identity = (type(component), component.key)
        module = self._modules.get(identity)
        if module is None:
            module = SharedModule(*identity, interface(component), f"@{len(self._modules)}@")
            self._modules[identity] = module
            self._elaborate(module, component, keep_inputs)
            return module
        component._MustUse__used = True  # Amaranth warns of components that nobody elaborates
        if interface(component) != module.ports:
            raise ValueError(f"{type(component).__name__} with key {component.key!r} has the ports "
                             f"{interface(component)}, another one of equal key {module.ports}")
        if self.check_keys:
            again = SharedModule(*identity, module.ports, module.token)
            self._elaborate(again, component)
            if list(map(str, again.rtlil)) != list(map(str, module.rtlil)):
                raise ValueError(f"two {type(component).__name__} with equal key {component.key!r} differ inside: "
                                 "the key leaves out a parameter")
        return module

    def _elaborate(self, module, component, keep_inputs=False):
        fragment = Fragment.get(component, self)
        if type(fragment) is not Fragment:
            inner, fragment = fragment, Fragment()
            fragment.add_subfragment(inner, "inner")
        domain = ClockDomain("sync")
        fragment.add_domains(domain)
        ports = {"clk": (domain.clk, PortDirection.Input), "rst": (domain.rst, PortDirection.Input)}
        for name, (value, direction) in flat_ports(component).items():
            ports[name] = (value, PortDirection(direction))
        only_sync = {"missing_domain": lambda name: None}
        text, signals = back.convert_fragment(fragment, ports, module.token, emit_src=False, **only_sync)
        self._claim(signals, component)
        module.rtlil = tidy(text, keep_inputs=keep_inputs)
        module.present = frozenset(port[1:] for port in module.rtlil[0].ports)

    def _claim(self, signals, component):
        """Make sure that ``component`` meets others only at their ports: a module sees no other signals."""
        ports = SignalSet(value for value, _ in flat_ports(component).values())
        for signal in signals:
            owner = self._owners.setdefault(signal, component) if signal not in ports else component
            if owner is not component:
                raise ValueError(f"{type(component).__name__} uses the signal {signal.name!r} of "
                                 f"{type(owner).__name__}, which is no port")

    def convert(self, component, name):
        """Elaborate ``component`` as the top, and return the whole hierarchy.

        Parameters
        ----------
        component : wiring.Component
        name : str
            Name of the top module, and prefix of all others, so that two cores can live in one project.

        Returns
        -------
        rtlil : str
            All modules as one RTLIL text.
        modules : dict of str to SharedModule
            The shared modules by their final names, the top first.
        """
        top = self.module_of(component, keep_inputs=True)
        names = {top.token: name}
        names |= {token: f"{name}_{stem}" for token, stem in stems(self._modules.values(), top).items()}
        taken = {}

        def final(match):
            plain = names[match[1]] + match[2].replace(".", "__")
            if taken.setdefault(plain, match[0]) != match[0]:
                raise ValueError(f"two modules would be called {plain!r}")
            return f"\\{plain}"

        text = "".join(str(part) for module in self._modules.values() for part in module.rtlil)
        text = re.sub(r"\\(@\d+@)(\S*)", final, text)
        modules = {names[module.token]: module for module in (top, *self._modules.values())}
        return text, modules
