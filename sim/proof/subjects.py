"""The parts whose promises are proven, each at the sizes that make it another machine; widths are as small as may be.

Promises don't look into payloads, so a wide one is no harder for a part than a narrow one, but it is for the solver.
"""

from dataclasses import dataclass, field

from attnforge.hdl.contract.design import Field
from attnforge.hdl.contract.registers import register_map
from attnforge.hdl.numeric import Int
from attnforge.hdl.parts.arithmetic.row_statistic import Statistic, StatisticTable
from attnforge.hdl.parts.array.lanes import LaneWriter
from attnforge.hdl.parts.host.front_end import HostFrontEnd
from attnforge.hdl.parts.host.job_queue import JobQueue
from attnforge.hdl.parts.link.answer import AnswerSender
from attnforge.hdl.parts.link.frames import FrameTransmitter
from attnforge.hdl.parts.link.operands import OperandDrain
from attnforge.hdl.parts.link.uart import UartTransmitter
from attnforge.hdl.parts.memory.banks import DoubleBuffer
from attnforge.hdl.parts.stream.beat import StreamBuffer, StreamQueue, WidthConverter
from attnforge.hdl.vitality import Config
from attnforge.hdl.vitality.output import OutputBuffer
from attnforge.hdl.vitality.stager import Stager

__all__ = ["SUBJECTS", "Subject"]

FIELDS = (
    Field("length", 3, 1, 5, "a range with both ends"),
    Field("any", 2, 0, 3, "no range"),
    Field("index", 2, 0, 2, "a range from 0"),
)
CONFIG = Config(rows=2, columns=2, beat_bytes=2, max_tokens=3, max_head_dim=3, max_value_dim=3, job_slots=2)
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
    inner : bool
        Whether the promises of the parts inside are proven too: see `attnforge.hdl.parts.proof.Proof`.
    depth : int
        Cycles from reset in which what should happen happens, and in which a mutant shows.
    slow : bool
        Left out of a quick run of the tests, where another size stands for it.
    """

    part: type
    size: str
    arguments: dict = field(hash=False)
    inner: bool = True
    depth: int = 8
    slow: bool = False

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
    *(Subject(StreamQueue, f"of {depth}", {"shape": 2, "depth": depth}, slow=depth in (2, 4))
      for depth in (1, 2, 3, 4)),
    *(Subject(WidthConverter, f"{wide} to {narrow}", {"element_bits": 2, "wide": wide, "narrow": narrow},
              slow=wide != 7)
      for wide, narrow in ((1, 1), (4, 1), (4, 4), (5, 4), (7, 3))),
    Subject(DoubleBuffer, "", {}),
    *(Subject(LaneWriter, f"{inputs} into {lanes} by {step}",
              {"lanes": lanes, "inputs": inputs, "element_bits": 2, "address_bits": 3, "step": step},
              slow=lanes != 6)
      for lanes, inputs, step in ((1, 1, 1), (4, 1, 2), (4, 4, 1), (6, 4, 2))),
    *(Subject(JobQueue, f"of {slots}", {"fields": FIELDS, "slots": slots}, slow=slots in (2, 4))
      for slots in (1, 2, 3, 4)),
    *(Subject(HostFrontEnd, f"of {slots}", _front_end(slots), slow=slots > 1) for slots in (1, 2)),
    *(Subject(OperandDrain, f"of {size} by {beat}", {"beat_bytes": beat, "buffer_bytes": size}, depth=14,
              slow=beat == 1)
      for beat, size in ((1, 3), (2, 4))),
    Subject(UartTransmitter, "by 4", {"divisor": 4}, depth=10),
    Subject(FrameTransmitter, "by 4", {"divisor": 4}),
    Subject(AnswerSender, "of 2 bytes", {"buffer_bytes": 2}),
    *(Subject(StatisticTable, statistic.value,
              {"statistic": statistic, "tile_form": Int(2, signed), "form": Int(3, signed), "rows": 2, "banks": 2,
               "readable": signed}, depth=10)
      for statistic, signed in ((Statistic.MAXIMUM, True), (Statistic.SUM, False))),
    Subject(OutputBuffer, "2x2", {"config": CONFIG}, inner=False),
    Subject(Stager, "2x2", {"config": CONFIG}, inner=False),
)
