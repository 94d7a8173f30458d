"""The end of a core: groups of results become the beats of jobs."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.host.job_counters import MACS_BITS, done_layout
from attnforge.hdl.parts.stream.beat import Beat, StreamQueue
from attnforge.hdl.parts.stream.beat_packer import BeatPacker

__all__ = ["ResultStream"]


class ResultStream(wiring.Component):
    """Packs results of a pipeline that can't wait: a group per cycle; a beat leaves 2 cycles after its last group.

    A beat has its place in the queue before its results come. Whoever feeds the pipeline claims one for each beat, and
    does so only while there is ``room``; ``delay`` cycles later the beat's last group is here. The queue is so deep
    that a stream that is always taken never makes anybody wait.

    Parameters
    ----------
    code_bits, containers, lanes, beat_bytes
        As `BeatPacker` has them.
    delay : int
        Cycles from a claim to the beat's last group.
    counters : tuple of Field
        Counters of the design.

    Members
    -------
    room : Out(1)
    claim : In(1)
        In a cycle with ``room`` alone.
    ends : In
        Products and counters of a job, ``valid`` with the claim of its last beat or up to ``delay`` cycles later.
    valid, codes, used, size, place, ends_beat : In
        A group; see `BeatPacker`.
    last, drop : In(1)
        With ``ends_beat``: it is the job's last beat; it does not leave, for the job has no results.
    o : Out(stream.Signature(Beat(beat_bytes)))
    done : Out
        A job leaves; see `HostFrontEnd`.
    """

    latency = BeatPacker.latency + StreamQueue.latency

    def __init__(self, code_bits, containers, lanes, beat_bytes, *, delay, counters):
        self.packer = BeatPacker(code_bits, containers, lanes, beat_bytes)
        self.delay = delay
        self.counters = tuple(counters)
        self.depth = delay + self.latency + 1
        self.key = (self.packer.key, delay, self.counters)
        self.counts = data.StructLayout({"macs": MACS_BITS, **{c.name: c.bits for c in self.counters}})
        super().__init__(
            {
                "room": Out(1),
                "claim": In(1),
                "ends": In(data.StructLayout({"valid": 1, "counts": self.counts})),
                **{name: In(port.shape()) for name, port in self._group_ports()},
                "ends_beat": In(1),
                "last": In(1),
                "drop": In(1),
                "o": Out(stream.Signature(Beat(beat_bytes))),
                "done": Out(done_layout(self.counters)),
            }
        )

    def _group_ports(self):
        return [(name, getattr(self.packer, name)) for name in ("valid", "codes", "used", "size", "place")]

    def elaborate(self, platform):
        m = Module()
        packer = place(m, platform, "packer", self.packer)
        bits = len(packer.o)
        queue = place(
            m, platform, "beats", StreamQueue(data.StructLayout({"data": bits, "last": 1, "drop": 1}), self.depth)
        )
        ends = place(m, platform, "ends", StreamQueue(self.counts, self.depth))
        credits = Signal(range(self.depth + 1), init=self.depth, name="credits")
        last, drop = Signal(reset_less=True, name="s1_last"), Signal(reset_less=True, name="s1_drop")
        room, leaves = Signal(init=1, name="room"), Signal(name="leaves")
        m.d.comb += leaves.eq(queue.o.valid & queue.o.ready)
        m.d.sync += [
            credits.eq(credits - self.claim + leaves),
            room.eq(leaves | Mux(self.claim, credits > 1, credits != 0)),  # whether some will be left
            last.eq(self.last),
            drop.eq(self.drop),
        ]
        beat = queue.o.payload
        m.d.comb += [
            *(port.eq(getattr(self, name)) for name, port in self._group_ports()),
            packer.ends.eq(self.ends_beat),
            self.room.eq(room),
            queue.i.valid.eq(packer.o_valid),
            queue.i.payload.data.eq(packer.o),
            queue.i.payload.last.eq(last),
            queue.i.payload.drop.eq(drop),
            ends.i.valid.eq(self.ends.valid),
            ends.i.payload.eq(self.ends.counts),
            self.o.valid.eq(queue.o.valid & ~beat.drop),
            self.o.payload.data.as_value().eq(beat.data),
            self.o.payload.last.eq(beat.last),
            queue.o.ready.eq(self.o.ready | beat.drop),
            ends.o.ready.eq(self.done.valid),
            self.done.valid.eq(queue.o.valid & queue.o.ready & beat.last),
            self.done.dropped.eq(beat.drop),
            *(self.done[name].eq(ends.o.payload[name]) for name, _ in self.counts),
        ]
        return m
