"""Driving a part in Amaranth's simulator, cycle by cycle: what the tests of the parts share."""

from amaranth.hdl import ClockDomain, Module
from amaranth.lib import data
from amaranth.sim import Simulator


def simulate(dut, *testbenches):
    """Run testbenches against a part until all are over."""
    m = Module()
    m.domains.sync = ClockDomain()  # also for parts without a register
    m.submodules.dut = dut
    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    for testbench in testbenches:
        simulator.add_testbench(testbench)
    simulator.run()


def plain(value):
    """A value from the simulator as ints, lists and dicts."""
    if isinstance(value, data.Const):
        layout = value.shape()
        if isinstance(layout, data.ArrayLayout):
            return [plain(value[at]) for at in range(layout.length)]
        return {name: plain(value[name]) for name in layout.members}
    return value


def trace(dut, inputs, outputs, *, drain=0):
    """What the outputs are in every cycle.

    Parameters
    ----------
    dut : wiring.Component
    inputs : list of dict
        Per cycle the ports to set; others keep their value.
    outputs : sequence of str
    drain : int
        Cycles more at the end.

    Returns
    -------
    dict of str to list: per output its value in each cycle, just before the clock's edge.
    """
    seen = {name: [] for name in outputs}

    async def testbench(ctx):
        for values in (*inputs, *({} for _ in range(drain))):
            for name, value in values.items():
                ctx.set(getattr(dut, name), value)
            for name in outputs:
                seen[name].append(plain(ctx.get(getattr(dut, name))))
            await ctx.tick()

    simulate(dut, testbench)
    return seen


def transfer(dut, items, rng, *, idle=0.0, hold=0.0, count=None, i="i", o="o"):
    """Send items through a part with two streams under random stalls, and check the rules of streams.

    Parameters
    ----------
    items : list
        Payloads to send.
    rng : random.Random
    idle, hold : float
        How probable it is, per cycle, that the source doesn't begin to offer, and that the sink doesn't take.
    count : int
        Items to expect; as many as there are sent by default.

    Returns
    -------
    received : list of payloads
    sent_at, received_at : list of int
        The cycles of the transfers.
    """
    source, sink = getattr(dut, i), getattr(dut, o)
    count = len(items) if count is None else count
    received, sent_at, received_at = [], [], []

    async def testbench(ctx):
        left = list(items)
        waiting = None
        cycle = quiet = 0
        while len(received) < count or quiet < 8:
            if left and not ctx.get(source.valid) and rng.random() >= idle:
                ctx.set(source.valid, 1)
                ctx.set(source.payload, left[0])
            valids = []
            # In a second half of the cycle the sink changes its mind: valid and payload must not look at ready.
            for ready in (rng.random() < 0.5, len(received) < count and rng.random() >= hold):
                ctx.set(sink.ready, ready)
                valids.append((ctx.get(sink.valid), plain(ctx.get(sink.payload))))
            assert valids[0] == valids[1], "valid or payload depends on ready"
            valid, payload = valids[1]
            if waiting is not None:
                assert valid, "valid was withdrawn"
                assert payload == waiting, "the payload changed while valid waited"
            waiting = payload if valid and not ready else None
            if valid and ready:
                received.append(payload)
                received_at.append(cycle)
            taken = ctx.get(source.valid) and ctx.get(source.ready)
            await ctx.tick()
            if taken:
                sent_at.append(cycle)
                left.pop(0)
                ctx.set(source.valid, 0)
            cycle += 1
            # After all is through: nothing may follow.
            quiet = quiet + 1 if not left and len(received) == count else 0
            assert cycle < 200 + 100 * (len(items) + count), f"stuck after {len(received)} of {count} items"
        assert waiting is None, "an item too many"

    simulate(dut, testbench)
    return received, sent_at, received_at
