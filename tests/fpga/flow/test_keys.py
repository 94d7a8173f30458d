"""What is kept is found again only for equal inputs: each that shapes a result is swapped, and the tools run anew."""

from dataclasses import replace

import pytest

from attnforge.fpga.board.catalogue import BOARDS
from attnforge.fpga.board.chip import ECP5_85F
from attnforge.fpga.flow import bitstream, placement, synthesis, tools, yosys
from attnforge.fpga.flow.bitstream import DoesNotFit, Job, build
from attnforge.fpga.netlist import build as netlist
from attnforge.fpga.report import blocks
from attnforge.gen.request import resolve
from tests.fpga.flow.fake_tools import fake_tools  # noqa: F401

BOARD = BOARDS["ulx3s_85f"]
ROUTER, PACKER = tools.NEXTPNR["ecp5"], tools.PACK["ecp5"]
ALL = [tools.YOSYS, ROUTER, PACKER]


def board_job(seed=1, **settings):
    sizes = {"max_tokens": 4, "max_head_dim": 2, "max_value_dim": 2, "beat_bytes": 1, **settings}
    return Job(resolve("vitality", pe="1x1", settings=sizes, target="ecp5"), BOARD, BOARD.clock_mhz, BOARD.baud, seed)


EMITTED = {}


@pytest.fixture
def out(monkeypatch, tmp_path):
    """A folder for bitstreams; equal jobs are emitted once in all tests."""

    def emitted_once(job, out):
        key = repr((job.request, job.clock_mhz, job.baud, bitstream.COMMANDS))
        if key not in EMITTED:
            EMITTED[key] = sources(job, out)
        return EMITTED[key]

    sources = bitstream.sources
    monkeypatch.setattr(bitstream, "sources", emitted_once)
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def test_each_seed_has_its_own_bitstream(fake_tools, out):  # noqa: F811
    """Seeds 1, 2, 1: the last one has the figures and the bitstream of the first."""
    for seed in (1, 2, 1):
        result = build(board_job(seed), out)
        assert result.clocks["clk"][0] == 100.0 + seed
        assert result.path.read_text() == f"placed with seed {seed}"
    assert fake_tools.ran == [tools.YOSYS, ROUTER, PACKER, ROUTER, PACKER]


def test_a_router_without_an_end_leaves_no_bitstream(fake_tools, monkeypatch, out):  # noqa: F811
    build(board_job(), out)

    def run(name, *arguments, minutes=None, **options):
        if name == ROUTER:
            assert minutes == 5
            raise tools.TimedOut(f"{name} was stopped after {minutes:g} minutes")
        fake_tools.run(name, *arguments, **options)

    monkeypatch.setattr(tools, "run", run)
    message = f"^vitality_1x1 is not placed and routed for ulx3s_85f: {ROUTER} was stopped after 5 minutes$"
    with pytest.raises(DoesNotFit, match=message):
        build(replace(board_job(2), minutes=5), out)
    assert not list(out.glob("*.bit"))


def swap_options(table, key, value):
    return lambda monkeypatch, fake: monkeypatch.setitem(table, key, (*table[key], value))


def swap_version(name):
    return lambda monkeypatch, fake: fake.versions.update({name: "2"})


SWAPS = {
    "yosys' version": (swap_version(tools.YOSYS), ALL),
    "nextpnr's version": (swap_version(ROUTER), [ROUTER, PACKER]),
    "the packer's version": (swap_version(PACKER), [PACKER]),
    "the packer's options": (swap_options(bitstream.PACKER_OPTIONS, "ecp5", "--spimode"), [PACKER]),
    "nextpnr's options": (swap_options(bitstream.ROUTER_OPTIONS, "ecp5", "--no-tmdriv"), [ROUTER, PACKER]),
    "yosys' warnings": (lambda monkeypatch, fake: monkeypatch.setattr(yosys, "STRICT", ""), ALL),
    "the synthesis": (lambda monkeypatch, fake: monkeypatch.setitem(bitstream.COMMANDS, "ecp5", "synth_ecp5"), ALL),
}
JOBS = {
    "the core": (board_job(max_tokens=5), ALL),
    "the clock": (replace(board_job(), clock_mhz=50.0), ALL),
    "the baud rate": (replace(board_job(), baud=1_000_000), ALL),
    "the device": (replace(board_job(), board=replace(BOARD, device=replace(ECP5_85F, options=("--45k",)))),
                   [ROUTER, PACKER]),
    "the seed": (board_job(2), [ROUTER, PACKER]),
}


@pytest.fixture
def built(fake_tools, out):  # noqa: F811
    """Builds into a folder where a job was built before."""

    def again(job):
        return fake_tools.during(lambda: build(job, out))

    assert again(board_job()) == ALL
    assert again(board_job()) == []
    return again


@pytest.mark.parametrize("swap", SWAPS)
def test_a_bitstream_follows_its_tools(built, fake_tools, monkeypatch, swap):  # noqa: F811
    change, wanted = SWAPS[swap]
    change(monkeypatch, fake_tools)
    assert built(board_job()) == wanted
    assert built(board_job()) == []


@pytest.mark.parametrize("what", JOBS)
def test_a_bitstream_follows_its_job(built, what):
    job, wanted = JOBS[what]
    assert built(job) == wanted
    assert built(job) == []


def synthesised(verilog="module core; endmodule", family="ecp5"):
    return synthesis.synthesise(verilog, "core", family=family)


STEPS = {
    "synthesis": synthesised,
    "netlist": lambda: netlist.netlist_verilog(synthesised()),
    "blocks": lambda: blocks.cells_by_block("module core; endmodule", "core"),
    "placement": lambda: placement.place(synthesised(), 1, ECP5_85F),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_step_follows_yosys(fake_tools, monkeypatch, step):  # noqa: F811
    first = fake_tools.during(STEPS[step])
    assert first and fake_tools.during(STEPS[step]) == []
    swap_version(tools.YOSYS)(monkeypatch, fake_tools)
    assert fake_tools.during(STEPS[step]) == first
    monkeypatch.setattr(yosys, "STRICT", "")
    assert fake_tools.during(STEPS[step]) == first


def test_a_synthesis_follows_text_and_family(fake_tools):  # noqa: F811
    synthesised()
    for other in ({"verilog": "module core; wire a; endmodule"}, {"family": "ice40"}):
        assert fake_tools.during(lambda other=other: synthesised(**other)) == [tools.YOSYS]


def test_a_netlist_follows_its_script(fake_tools, monkeypatch):  # noqa: F811
    STEPS["netlist"]()
    monkeypatch.setattr(netlist, "SCRIPT", netlist.SCRIPT.replace("opt_clean -purge\n", ""))
    assert fake_tools.during(STEPS["netlist"]) == [tools.YOSYS]


def test_a_placement_follows_seed_device_options_and_router(fake_tools, monkeypatch):  # noqa: F811
    core = synthesised()

    def clock(seed=1, device=ECP5_85F):
        return placement.place(core, seed, device).fmax_mhz

    assert [clock(seed) for seed in (1, 2, 1)] == [101.0, 102.0, 101.0]
    assert fake_tools.ran[1:] == [ROUTER, ROUTER]
    other = replace(ECP5_85F, options=("--45k",))
    assert fake_tools.during(lambda: clock(device=other)) == [ROUTER]
    monkeypatch.setattr(placement, "OPTIONS", (*placement.OPTIONS, "--no-tmdriv"))
    assert fake_tools.during(clock) == [ROUTER] and fake_tools.during(clock) == []
    swap_version(ROUTER)(monkeypatch, fake_tools)
    assert fake_tools.during(clock) == [ROUTER] and fake_tools.during(clock) == []
