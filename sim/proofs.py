"""The parts whose promises are proven, each at the sizes that make it another machine; widths are as small as may be.

Promises don't look into payloads, so a wide one is no harder for a part than a narrow one, but it is for the solver.
"""

from dataclasses import dataclass, field

from hdl.parts.banks import DoubleBuffer
from hdl.parts.design import Field
from hdl.parts.host import HostFrontEnd
from hdl.parts.job_queue import JobQueue
from hdl.parts.lanes import LaneWriter
from hdl.parts.registers import register_map
from hdl.parts.stream import StreamBuffer, StreamQueue, WidthConverter

__all__ = ["SUBJECTS", "Subject"]

FIELDS = (Field("length", 3, 1, 5, "a range with both ends"), Field("any", 2, 0, 3, "no range"))
COUNTERS = (Field("ODD", 2, 0, 3, "a counter"),)


@dataclass(frozen=True)
class Subject:
    """A part at one size.

    Attributes
    ----------
    part : type
    size : str
        For people.
    arguments : dict
    """

    part: type
    size: str
    arguments: dict = field(hash=False)

    @property
    def name(self):
        return f"{self.part.__name__} {self.size}".rstrip()

    def make(self, part=None):
        """A new component; of another class that takes the same arguments, if one is given."""
        return (part or self.part)(**self.arguments)


def _front_end(slots):
    registers = register_map(name="toy", slots=slots, beat_bytes=1, config_words={}, fields=FIELDS, counters=COUNTERS)
    return {"registers": registers, "fields": FIELDS, "slots": slots, "counters": COUNTERS, "beat_bytes": 1}


SUBJECTS = (
    Subject(StreamBuffer, "", {"shape": 2}),
    *(Subject(StreamQueue, f"of {depth}", {"shape": 2, "depth": depth}) for depth in (1, 2, 3, 4)),
    *(Subject(WidthConverter, f"{wide} to {narrow}", {"element_bits": 2, "wide": wide, "narrow": narrow})
      for wide, narrow in ((1, 1), (4, 1), (4, 4), (5, 4), (7, 3))),
    Subject(DoubleBuffer, "", {}),
    *(Subject(LaneWriter, f"{inputs} into {lanes} by {step}",
              {"lanes": lanes, "inputs": inputs, "element_bits": 2, "address_bits": 3, "step": step})
      for lanes, inputs, step in ((1, 1, 1), (4, 1, 2), (4, 4, 1), (6, 4, 2))),
    *(Subject(JobQueue, f"of {slots}", {"fields": FIELDS, "slots": slots}) for slots in (1, 2, 3, 4)),
    *(Subject(HostFrontEnd, f"of {slots}", _front_end(slots)) for slots in (1, 2)),
)
