"""Codes of a few neighbouring channels become beats."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from .config import Config

__all__ = ["BeatPacker", "beat_places", "container_sizes"]


def container_sizes(config: Config) -> tuple[int, ...]:
    """Distinct widths that a result has in a beat, in the order of ``config.results``."""
    return tuple(dict.fromkeys(form.container_bits for form in config.results))


def beat_places(config: Config, form) -> int:
    """Groups of ``lanes`` results in a beat."""
    return form.elements(config.beat_bytes) // config.lanes


class BeatPacker(wiring.Component):
    """Puts groups of ``lanes`` codes side by side until a beat is full or its row ends: ``latency`` cycles.

    Parameters
    ----------
    config : Config

    Members
    -------
    valid : In(1)
    codes : In, ``lanes`` codes
    used : In(lanes)
        Which of them are in the row; others become zeros.
    size : In
        Place of the results' width in `container_sizes`.
    place : In
        Place of the group in the beat, 0 to ``beat_places - 1``.
    ends : In(1)
        The beat is complete with this group.
    o_valid, o : Out
        A complete beat, for a cycle.
    """

    latency = 1

    def __init__(self, config: Config):
        self.config = config
        self.key = (config,)
        self.sizes = container_sizes(config)
        places = max(beat_places(config, form) for form in config.results)
        super().__init__(
            {
                "valid": In(1),
                "codes": In(data.ArrayLayout(config.wide_bits, config.lanes)),
                "used": In(config.lanes),
                "size": In(range(max(2, len(self.sizes)))),
                "place": In(range(max(2, places))),
                "ends": In(1),
                "o_valid": Out(1),
                "o": Out(8 * config.beat_bytes),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config = self.config
        beat = Signal(8 * config.beat_bytes, reset_less=True)
        following = Signal.like(beat, name="following")
        m.d.comb += [following.eq(Mux(self.place == 0, 0, beat)), self.o.eq(beat)]
        with m.Switch(self.size):
            for number, bits in enumerate(self.sizes):
                with m.Case(number):
                    group = Signal(config.lanes * bits, name=f"group{bits}")
                    for lane in range(config.lanes):
                        code = self.codes[lane]
                        if bits > len(code):
                            code = code.as_signed()
                        with m.If(self.used[lane]):
                            m.d.comb += group[lane * bits : (lane + 1) * bits].eq(code)
                    with m.Switch(self.place):
                        for place in range(8 * config.beat_bytes // len(group)):
                            with m.Case(place):
                                m.d.comb += following[place * len(group) : (place + 1) * len(group)].eq(group)
        m.d.sync += self.o_valid.eq(self.valid & self.ends)
        with m.If(self.valid):
            m.d.sync += beat.eq(following)
        return m
