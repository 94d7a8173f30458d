"""From a request to a bitstream: emission, synthesis, place and route, packing."""

import json
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from attnforge.fpga.board.catalogue import Board
from attnforge.fpga.board.chip import BELS
from attnforge.fpga.board.shell import LINK_BUFFER, Shell
from attnforge.fpga.board.top import BoardTop
from attnforge.fpga.flow import cache, dsp_blocks, tools, yosys
from attnforge.fpga.flow.synthesis import COMMANDS
from attnforge.gen.emission.emit import emit, write
from attnforge.gen.request import Request
from attnforge.hdl.parts.link.host_link import HostLink

TOP, SHELL, LINK = "top", "shell", "host_link"
ROUTER_OPTIONS = {
    "ecp5": ("--lpf", "top.lpf", "--placer-heap-timingweight", "30"),
    "ice40": ("--pcf", "top.pcf"),
}
PLACED = {"ecp5": ("--textcfg", "config"), "ice40": ("--asc", "asc")}
"""The option for the placed and routed core, and the ending of its file."""
PACKER_OPTIONS = {
    "ecp5": ("--compress", "--input", "{placed}", "--bit", "{bitstream}"),
    "ice40": ("{placed}", "{bitstream}"),
}
COMMON_OPTIONS = ("--json", f"{TOP}.json", "--timing-allow-fail")
CONSTRAINTS = {"ecp5": "top.lpf", "ice40": "top.pcf"}


class BuildFailed(RuntimeError):
    """The core does not fit the board, or is too slow for it; one line says which."""


class DoesNotFit(BuildFailed):
    """Too few of a resource."""


class TooSlow(BuildFailed):
    """Routed, but not at the board's clock."""


@dataclass(frozen=True)
class Result:
    """A finished build.

    Attributes
    ----------
    path : Path
        The bitstream.
    used : dict of str to int
        By resource of the device.
    clocks : dict of str to (achieved, required)
        In MHz, by clock net.
    seconds : dict of str to float
        By step; a step whose result was kept from before took none.
    """

    path: Path
    used: dict
    clocks: dict
    seconds: dict


@dataclass(frozen=True)
class Job:
    """What to build.

    Attributes
    ----------
    request : attnforge.gen.request.Request
        With the board's family as its target.
    board : Board
    clock_mhz : float
    baud : int
    seed : int
        Of the placer.
    minutes : float
        After so long place and route is given up.
    """

    request: Request
    board: Board
    clock_mhz: float
    baud: int
    seed: int = 1
    minutes: float = tools.ROUTER_MINUTES

    @property
    def name(self):
        """Name of the bitstream."""
        return f"{self.request.name}_{self.board.name}"


def build(job: Job, out=None, *, step=lambda text: None) -> Result:
    """Build a bitstream, or find it in the cache.

    Parameters
    ----------
    job : Job
    out : path
        Folder for the bitstream and all sources; ``build/<name>`` by default.
    step : (str) -> None
        Is told what begins.

    Raises
    ------
    UsageError
        The board can't make this clock or this baud rate, or the folder can't be written.
    DoesNotFit, TooSlow
        No bitstream is left then. A router that does not end in its time counts as the first.
    ToolError
        A tool is missing or fails in another way.
    """
    out = Path(out) if out is not None else Path("build") / job.name
    bitstream = out / f"{job.name}{job.board.bitstream}"
    seconds = {}
    step("emission")
    files = _timed(seconds, "emission", sources, job, out)
    bitstream.unlink(missing_ok=True)
    build = _Build(job, files)
    step("synthesis")
    _timed(seconds, "synthesis", build.synthesise)
    step("place and route")
    report = _timed(seconds, "place and route", build.route)
    clocks = {name.removeprefix("$glbnet$"): (clock["achieved"], clock["constraint"])
              for name, clock in report["fmax"].items()}  # fmt: skip
    for achieved, required in clocks.values():
        if achieved < required:
            raise TooSlow(f"{job.request.name} runs at {achieved:.1f} MHz on {job.board.name}, not at {required:g}")
    step("packing")
    shutil.copyfile(_timed(seconds, "packing", build.pack), bitstream)
    used = job.board.device.used(report["utilization"])
    result = Result(bitstream, used, clocks, seconds)
    text = {"board": job.board.name, "clock_mhz": job.clock_mhz, "baud": job.baud, "seed": job.seed, "used": used,
            "available": dict(job.board.device.resources), "clocks": clocks}  # fmt: skip
    cache.write_whole(out / f"{job.name}.json", json.dumps(text, indent=1) + "\n")
    return result


def sources(job: Job, out) -> dict[str, str]:
    """Emit the core, the host link and the shell into ``out``; return all texts that the tools read, by file name.

    The core's file is the one that ``python -m gen`` writes.
    """
    board, request = job.board, job.request
    pll, divisor = board.pll(job.clock_mhz), board.divisor(job.clock_mhz, job.baud)
    core, _, _ = write(request, out)
    beat_bytes = request.config.beat_bytes
    link = HostLink(divisor, beat_bytes, LINK_BUFFER[board.family])
    shell = Shell(request.name, LINK, link.signature, beat_bytes)
    verilog = {f"{request.name}.v": core.verilog}
    for name, component in ((LINK, link), (SHELL, shell)):
        verilog[f"{name}.v"] = emit(component, name, target=board.family).verilog
    platform = board.platform()
    for name, text in verilog.items():
        platform.add_file(name, text)
    plan = platform.prepare(BoardTop(pll), TOP)
    reads = [f"read_verilog {name}" for name in verilog]
    script = [*reads, f"read_rtlil {TOP}.il", f"{COMMANDS[board.family]} -top {TOP} -json {TOP}.partial.json", ""]
    files = {**verilog, f"{TOP}.ys": "\n".join(script)}
    for name in (f"{TOP}.il", CONSTRAINTS[board.family]):
        files[name] = plan.files[name]
    for name, text in files.items():
        cache.write_whole(out / name, text)
    return files


class _Build:
    """The tools' runs on one set of sources, in a folder of the cache.

    Files of a run of the router begin with ``run``, which stands for all that the run follows from beside the netlist.
    """

    def __init__(self, job, files):
        self.job = job
        self.device = job.board.device
        family = job.board.family
        self.router, self.packer = tools.NEXTPNR[family], tools.PACK[family]
        self.options = (*self.device.options, *ROUTER_OPTIONS[family], *COMMON_OPTIONS)
        self.folder = cache.entry("bitstream", files, yosys.STRICT, tools.version(tools.YOSYS))
        self.files = files
        self.run = cache.digest(self.router, self.options, job.seed, tools.version(self.router))
        self.placed_option, ending = PLACED[family]
        self.placed = self.folder / f"{self.run}.{ending}"
        packing = cache.digest(self.packer, PACKER_OPTIONS[family], tools.version(self.packer))
        self.bitstream = self.folder / f"{self.run}.{packing}{job.board.bitstream}"

    def synthesise(self):
        """From Verilog to a netlist."""
        netlist = self.folder / f"{TOP}.json"
        if netlist.is_file():
            return
        for name, text in self.files.items():
            (self.folder / name).write_text(text)
        yosys.run(self.files[f"{TOP}.ys"], TOP, self.folder)
        (self.folder / f"{TOP}.partial.json").replace(netlist)

    def route(self):
        """From the netlist to a placed and routed one; returns nextpnr's report."""
        report, log = self.folder / f"{self.run}.report.json", f"{self.run}.log"
        if not (report.is_file() and self.placed.is_file()):
            if shortage := dsp_blocks.shortage(self.folder / f"{TOP}.json", self.device):
                raise DoesNotFit(f"{self.job.request.name} does not fit {self.job.board.name}: it needs {shortage}")
            partial, placed = cache.partial_name(report.name), cache.partial_name(self.placed.name)
            try:
                tools.run(self.router, *self.options, "--seed", self.job.seed, "--report", partial, self.placed_option,
                          placed, folder=self.folder, log=log, minutes=self.job.minutes)  # fmt: skip
            except tools.TimedOut as error:
                raise DoesNotFit(f"{self.job.request.name} is not placed and routed for {self.job.board.name}: {error}"
                                 ) from None
            except tools.ToolError:
                self._explain(log)
                raise
            (self.folder / placed).replace(self.placed)
            (self.folder / partial).replace(report)
        return json.loads(report.read_text())

    def _explain(self, log):
        """Raise DoesNotFit if the device was too small."""
        text = (self.folder / log).read_text(errors="replace")
        used = utilisation(text, self.device)
        shortage = self.device.shortage(**used)
        if not shortage and "Unable to find legal placement" in text:
            shares = {kind: count / self.device.resources[kind] for kind, count in used.items()}
            kind = max(shares, key=shares.get)
            shortage = f"{used[kind]} {kind.upper()} of {self.device.resources[kind]}, too tight to be placed"
        if shortage:
            raise DoesNotFit(f"{self.job.request.name} does not fit {self.job.board.name}: it needs {shortage}")

    def pack(self):
        """From the routed netlist to the bitstream; returns its path."""
        if not self.bitstream.is_file():
            partial = cache.partial_name(self.bitstream.name)
            options = [each.format(placed=self.placed.name, bitstream=partial)
                       for each in PACKER_OPTIONS[self.job.board.family]]
            tools.run(self.packer, *options, folder=self.folder, log=f"{self.run}.packing.log")
            (self.folder / partial).replace(self.bitstream)
        return self.bitstream


def utilisation(log, device):
    """Return what a core needs of each resource, from the table in nextpnr's log."""
    counts = {}
    for kind, bel in BELS[device.family].items():
        if match := re.search(rf"\b{bel}: +(\d+)/", log):
            counts[kind] = int(match[1])
    return counts


def _timed(seconds, name, action, *arguments):
    begin = time.monotonic()
    value = action(*arguments)
    seconds[name] = time.monotonic() - begin
    return value
