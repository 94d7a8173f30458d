"""Proofs: the platform under which a component elaborates what it promises, and the building blocks of promises."""

from amaranth.back import rtlil
from amaranth.hdl import Assert, Assume, ClockDomain, Cover, Module, Mux, ResetSignal, Signal, Value
from amaranth.hdl._ast import AnyConst, AnySeq, Initial
from amaranth.hdl._ir import PortDirection

from attnforge.hdl.contract.ports import flat_ports

__all__ = ["Passage", "Promises", "Proof", "opened", "wrapped"]


def opened(component, platform):
    """The module of a library's component, to be placed instead of it: what is inside can be named in lemmas."""
    component._MustUse__used = True  # Amaranth warns of components that nobody elaborates
    return component.elaborate(platform)


def wrapped(number, modulus):
    """``number`` (a Value below twice ``modulus``) without its wraps."""
    return Mux(number >= modulus, number - modulus, number)


class Proof:
    """Platform of a proof: components elaborate their promises beside their gates.

    It has no part in emission, and it isn't a `Target`: submodules stay plain ones, in generic bodies. A component with
    promises ends its ``elaborate`` with ::

        if isinstance(platform, Proof):
            self._promise(platform.promises(m, self))

    Parameters
    ----------
    subject : wiring.Component
        Whose proof it is. What it is given is assumed; what a part inside it is given, it must keep, so there that is
        a promise.
    inner : bool
        State the promises of the parts inside too. Without them nothing is said of these parts, and of what they are
        given: for promises that rest on none of it.
    only : str or None
        State this promise alone, beside all assumptions: to see what breaks it.

    Attributes
    ----------
    promised, assumed, reached : dict of str to None
        Names of what was stated, in order, once the subject is elaborated.
    """

    name = "generic"

    def __init__(self, subject, *, inner=True, only=None):
        self.subject = subject
        self.inner = inner
        self.only = only
        self.promised, self.assumed, self.reached = {}, {}, {}

    def promises(self, m, component):
        """The promises of ``component``, to be put into its module ``m``."""
        return Promises(m, self, component is not self.subject)

    def convert(self):
        """The subject with all promises as RTLIL, top module ``proof``; ``rst`` is up in the first cycle, then free."""
        m = Module()
        m.domains.sync = domain = ClockDomain("sync")
        m.submodules.dut = self.subject
        m.d.comb += Assume(ResetSignal() | ~Initial())
        ports = {"clk": (domain.clk, PortDirection.Input), "rst": (domain.rst, PortDirection.Input)}
        for name, (signal, direction) in flat_ports(self.subject).items():
            ports[name] = (signal, PortDirection(direction))
        return rtlil.convert(m, name="proof", platform=self, ports=ports, emit_src=False)


class Promises:
    """What holds in every cycle; each name appears in the message when a proof fails.

    Registers made here are reset with the component, so a reset at any time is part of the proof.

    Parameters
    ----------
    m : Module
    proof : Proof
    inner : bool
        The component is a part of the one that is proven.
    """

    def __init__(self, m, proof, inner):
        self.m = m
        self.proof = proof
        self.inner = inner

    def always(self, name, condition):
        """Promise ``condition`` (a Value) in every cycle."""
        if self.proof.only in (None, name) and (self.proof.inner or not self.inner):
            self._state(self.proof.promised, name, Assert, condition)

    def lemma(self, name, condition):
        """Promise something about registers, for the sake of the induction."""
        self.always(f"lemma_{name}", condition)

    def given(self, name, condition):
        """Count on ``condition`` of the surroundings; inside another component, a promise of that one."""
        if self.inner:
            self.always(f"given_{name}", condition)
        else:
            self._state(self.proof.assumed, f"given_{name}", Assume, condition)

    def reached(self, name, condition):
        """State that ``condition`` happens: a proof whose assumptions rule everything out would not get there."""
        if not self.inner:
            self._state(self.proof.reached, name, Cover, condition)

    def _state(self, names, name, kind, condition):
        names[name] = None
        # A property has no name of its own, the module around it has. Before the first reset nothing holds.
        self.m.submodules[name] = module = Module()
        module.d.comb += kind(condition & ~Initial() if kind is Cover else condition | Initial())

    def begins(self, register, value):
        """Let a register of the proof, one that no reset reaches, begin with ``value``."""
        self.m.d.comb += Assume((register == value) | ~Initial())

    def anything(self, shape=1, *, constant=False):
        """A value of the solver's choice, a new one in each cycle or one for all time."""
        return (AnyConst if constant else AnySeq)(shape)

    def before(self, value, *, name):
        """``value`` in the cycle before."""
        value = Value.cast(value)
        last = Signal(value.shape(), name=name, reset_less=True)
        self.m.d.sync += last.eq(value)
        return last

    def _waiting(self, name, port, cut):
        """Whether an item was offered and not taken in the cycle before, and whether it is offered as it was."""
        waiting = Signal(name=f"{name}__waiting")
        self.m.d.sync += waiting.eq(port.valid & ~port.ready & ~cut)
        payload = Value.cast(port.payload)
        return waiting, payload == self.before(payload, name=f"{name}__waited")

    def stream(self, name, port, *, cut=0):
        """Promise the rules of an output stream: what waits stays valid and stands still.

        ``cut`` is up in cycles after which nothing waits any more: a soft reset.
        """
        waiting, same = self._waiting(name, port, cut)
        self.always(f"{name}__stays_valid", port.valid | ~waiting)
        self.always(f"{name}__stands_still", same | ~port.valid | ~waiting)
        self.reached(f"{name}__waits", waiting & port.valid & port.ready)

    def given_stream(self, name, port, *, cut=0):
        """Count on the same rules of an input stream; returns whether an item has waited."""
        waiting, same = self._waiting(name, port, cut)
        self.given(f"{name}__rules", (port.valid & same) | ~waiting)
        return waiting


class Passage:
    """Promises that all that goes in comes out: none lost, none invented, in order, unchanged, offered at once.

    The order is proven on one item that the solver picks: it comes out when as many have left as were there before it.

    Parameters
    ----------
    promises : Promises
    arrives, item : Value
        Something goes in, in this cycle.
    o : stream
        Where it comes out, one cycle later or later.
    capacity : int
        Items that are held at most.

    Attributes
    ----------
    held : Signal
        Items inside.
    watching, ahead, watched : Signal
        The picked item is inside, so many leave before it, and what it was: for lemmas that say where it is.
    """

    def __init__(self, promises, *, arrives, item, o, capacity):
        m = promises.m
        item, result = Value.cast(item), Value.cast(o.payload)
        leaves = Signal(name="passage__leaves")
        m.d.comb += leaves.eq(o.valid & o.ready)
        self.held = held = Signal(range(capacity + 2), name="passage__held")
        m.d.sync += held.eq(held + arrives - leaves)

        self.watching = watching = Signal(name="passage__watching")
        self.ahead = ahead = Signal(range(max(2, capacity)), name="passage__ahead")
        self.watched = watched = Signal(len(item), name="passage__watched", reset_less=True)
        with m.If(watching & leaves):
            m.d.sync += [ahead.eq(ahead - 1), watching.eq(ahead != 0)]
        with m.If(~watching & arrives & promises.anything()):
            m.d.sync += [watching.eq(1), watched.eq(item), ahead.eq(held - leaves)]

        promises.always("passage__none_invented", ~o.valid | (held != 0))
        promises.always("passage__none_lost", held <= capacity)
        promises.always("passage__offered_at_once", o.valid | (held == 0))
        promises.always("passage__same_and_in_order", ~(watching & o.valid & (ahead == 0)) | (result == watched))
        promises.lemma("watched_is_held", ~watching | (ahead < held))
        promises.reached("passage__fills", held == capacity)
        promises.reached("passage__watched_leaves_last", watching & leaves & (ahead == 0) & (held == 1))
