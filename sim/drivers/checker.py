"""The rules of a stream, checked in every cycle: for benches that drive their streams from Python."""

__all__ = ["StreamChecker"]


class StreamChecker:
    """Finds breaches of the stream rules: a waiting payload that changes, a valid that falls, unknown bits.

    It is an agent of `attnforge.sim.drivers.ports.Pins`; sim/bench/harness.v checks the same in Verilog. Whether a
    valid waits for ready shows when the sink is lazy: the bench does not end.

    Parameters
    ----------
    name : str
    payload, valid, ready : handles
    """

    def __init__(self, name, payload, valid, ready):
        self.name = name
        self.payload, self.valid, self.ready = payload, valid, ready
        self.waiting = None
        self.violations = []

    def rest(self):
        self.waiting = None

    def drive(self):
        pass

    def forgive(self):
        """Forget what is waiting: a soft reset takes it."""
        self.waiting = None

    def sample(self, cycle):
        valid, ready, payload = self.valid.value, self.ready.value, self.payload.value
        for name, value in (("valid", valid), ("ready", ready)):
            if not value.is_resolvable:
                self._complain(cycle, f"{name} is unknown")
        offered = valid == 1
        if offered and not payload.is_resolvable:
            self._complain(cycle, "payload is unknown")
        if self.waiting is not None:
            if not offered:
                self._complain(cycle, "valid fell before the transfer")
            elif payload != self.waiting:
                self._complain(cycle, "payload changed while it waited")
        self.waiting = payload if offered and ready != 1 else None

    def _complain(self, cycle, text):
        self.violations.append(f"cycle {cycle}: {self.name}: {text}")
