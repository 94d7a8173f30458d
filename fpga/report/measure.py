"""From a subject to its row in the report, step by step."""

from dataclasses import dataclass, field

from attnforge.fpga.flow import dsp_blocks
from attnforge.fpga.flow.cells import Cells
from attnforge.fpga.flow.placement import Placement, median_fmax, place
from attnforge.fpga.flow.synthesis import Synthesis, synthesise
from attnforge.fpga.report.blocks import Block, cells_by_block
from attnforge.fpga.report.cycles import REPORTED, WorkloadCycles, workload_cycles


@dataclass
class Row:
    """All that is known of one subject; what was not run or can't be is None or empty.

    Attributes
    ----------
    subject : Subject
    note : str
        Why there are no cells, when there are none.
    cells : Cells or None
    placements : list of Placement
        One per seed.
    blocks : list of Block
    cycles : list of WorkloadCycles
    obstacles : dict of workload name to str
        Why the core is too small for it.
    """

    subject: object
    note: str = ""
    cells: Cells | None = None
    placements: list[Placement] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    cycles: list[WorkloadCycles] = field(default_factory=list)
    obstacles: dict[str, str] = field(default_factory=dict)

    @property
    def fmax_mhz(self):
        """Median clock over the seeds, or None."""
        return median_fmax(self.placements)


class Measurement:
    """Measures one subject in steps that a pool of threads can run: `prepare`, then `place` once per seed.

    Parameters
    ----------
    subject : Subject
    device : Device
    root : Path or None
        Folder to keep results in, if not the usual one.
    """

    def __init__(self, subject, device, root):
        self.row = Row(subject)
        self._device = device
        self._root = root
        self._synthesis: Synthesis | None = None

    def prepare(self):
        """Count cycles; emit and synthesise, unless the device has too few multipliers. Tells whether it fits."""
        row, subject = self.row, self.row.subject
        for name in REPORTED if subject.design else ():
            found, obstacle = workload_cycles(subject.design, subject.config, name)
            row.cycles += found
            if obstacle:
                row.obstacles[name] = obstacle
        shortage = self._device.shortage(dsp=subject.dsps)
        if not shortage:
            self._synthesis = synthesise(subject.verilog(), subject.top, root=self._root)
            row.cells = cells = self._synthesis.cells
            shortage = self._device.shortage(comb=cells.comb, ff=cells.ff, dsp=cells.dsp, ebr=cells.ebr)
            shortage = shortage or dsp_blocks.shortage(self._synthesis.folder / "netlist.json", self._device)
        if shortage:
            row.note = f"too large: needs {shortage}"
        return not shortage

    def split(self):
        """Count the cells of every block."""
        verilog = (self._synthesis.folder / "core.v").read_text()
        self.row.blocks = cells_by_block(verilog, self.row.subject.top, root=self._root)

    def place(self, seed):
        """Place and route with one seed."""
        self.row.placements.append(place(self._synthesis, seed, self._device))
