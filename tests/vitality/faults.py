"""Puts faults into copies of the sources, one at a time, and sees that the tests turn red.

::

    python tests/vitality/faults.py ["name of a fault" ...]

Each fault is a substitution of text in one file. It is made in a copy of the project under build/faults, where a part
of the tests runs until the first one fails. Exit status 1 when a fault stays unseen.
"""

import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "build" / "faults"
COPIED = ("hdl", "gen", "sim", "tests/vitality")
TESTS = ("tests/vitality/test_rtl.py", "tests/vitality/test_rtl_corners.py", "tests/vitality/test_rtl_small.py")
SELECTION = ("3x4 or 2x3 or serial-ice40 or "
             "(corners and not extreme and not 1x1 and not widest and not narrowest and not 4x3)")
TOGETHER = 2


@dataclass(frozen=True)
class Fault:
    """``old`` becomes ``new`` in ``file``; ``old`` is there exactly once."""

    name: str
    file: str
    old: str
    new: str


FAULTS = (
    # hdl/vitality: from the operands to the array
    Fault("sums go on from the job before", "vitality/token_sums.py", "Mux(s1_first, 0, so_far[number])",
          "so_far[number]"),
    Fault("mean of K in the wrong slot", "vitality/token_sums.py",
          "address = Cat(feature[: self.geometry.feature_bits], self.current.slot)",
          "address = Cat(feature[: self.geometry.feature_bits], self.current.slot ^ (self.current.slot == 3))"),
    Fault("value terms do not start a job in lane 0", "vitality/token_sums.py",
          "m.d.sync += [lane.eq(0), group.eq(0)]", "m.d.sync += group.eq(0)"),
    Fault("a last too early in V is not seen", "vitality/loader.py",
          "early.eq(taken & self.i.payload.last & ~(in_query & tensor_end))",
          "early.eq(taken & self.i.payload.last & ~in_value & ~(in_query & tensor_end))"),
    Fault("a job without last is not drained", "vitality/loader.py", "with m.Elif(missing):", "with m.Elif(0):"),
    Fault("K does not wait for its bank", "vitality/loader.py", "(in_key & self.key_space) | in_value | (in_query",
          "in_key | in_value | (in_query"),
    Fault("Q is written to the other bank", "vitality/loader.py", "g.query_tiles, self.query_bank, g.query_depth)",
          "g.query_tiles, self.key_bank, g.query_depth)"),
    Fault("Khat without the mean", "vitality/row.py", "s4_moving.eq(s3_operand - feed.mean)",
          "s4_moving.eq(s3_operand)"),
    Fault("swap a cycle early", "vitality/streamer.py", "self.feed.swap.eq(swaps[-1])", "self.feed.swap.eq(swaps[-2])"),
    Fault("rows beyond the tile are not zeroed", "vitality/column.py", "Mux(load.zero, 0, Mux(", "Mux(0, 0, Mux("),
    Fault("residues beyond the tile are not zeroed", "vitality/diagonal.py", "Mux(self.zero, 0, ", "Mux(0, 0, "),
    # hdl/vitality: sequence
    Fault("no wait between reads and writes of a sum", "vitality/column.py", "    hazard = 4\n", "    hazard = 1\n"),
    Fault("three jobs between their phases", "vitality/stager.py", "(between != 2)", "(between != 3)"),
    Fault("the query phase does not wait for G", "vitality/stager.py", "(g_jobs != 0)", "(g_jobs != 3)"),
    Fault("result banks are not waited for", "vitality/streamer.py", "(~offered.final | bank_left)", "1"),
    Fault("a tile more or less of columns", "vitality/stager.py", "last_columns.eq(columns_left <= 2 * config.columns)",
          "last_columns.eq(columns_left < 2 * config.columns)"),
    Fault("products of idle columns are counted", "vitality/stager.py",
          "Mux(columns_left < config.columns, columns_left, config.columns)", "config.columns"),
    # hdl/vitality: from the sums to the results
    Fault("passes are not added up", "vitality/column.py", "with m.If(~read.first):", "with m.If(0):"),
    Fault("sums of a pass of another tile", "vitality/array.py", "self.read.en.eq(tile.valid & ~tile.first)",
          "self.read.en.eq(tile.valid & tile.first)"),
    Fault("a zero denominator counts as positive", "vitality/denominators.py", "nonpositive.eq(total <= 0)",
          "nonpositive.eq(total < 0)"),
    Fault("rows without a denominator are not zeroed", "vitality/post.py", "Mux(kill, 0, divider.quotient)",
          "divider.quotient"),
    Fault("results are not zero-padded", "vitality/output.py", " & used[lane].replicate(container)", ""),
    Fault("results lose their sign", "vitality/output.py", "word[bits - 1].replicate(container - bits + 1)",
          "(word[bits - 1] & 0).replicate(container - bits + 1)"),
    Fault("results do not wait for ready", "vitality/output.py", "move.eq(~self.o.valid | self.o.ready)", "move.eq(1)"),
    Fault("one nonpositive row too few", "vitality/output.py", "wrong_rows.eq(wrong_rows + 1)",
          "wrong_rows.eq(wrong_rows + (wrong_rows != 2))"),
    Fault("one cycle more per tile", "vitality/streamer.py", "idle.eq(busy == 1)", "idle.eq(busy == 0)"),
    # hdl/parts
    Fault("rounds down in place of to nearest", "parts/requantise.py", "rounded = (value + 1) >> guard",
          "rounded = value >> guard"),
    Fault("wraps in place of saturating", "parts/requantise.py", "Mux(top.any() & ~top.all(), limit,",
          "Mux(0, limit,"),
    Fault("the quotient's border is dropped", "parts/divider.py", "(denominator << self.o_form.bits) + denominator",
          "denominator << self.o_form.bits"),
    Fault("operands are multiplied as unsigned", "parts/multiplier.py", "product.eq(moving * stationary)",
          "product.eq(moving.as_unsigned() * stationary)"),
    Fault("the last word of a load goes on", "parts/systolic.py", "self.i_load & ~self.load_last", "self.i_load"),
    Fault("lanes do not wrap into the next word", "parts/lanes.py", "self.address + 1", "self.address"),
    Fault("the corner gives a neighbour", "parts/corner.py", "select(self.element, [", "select(self.element ^ 1, ["),
    Fault("a third bank", "parts/banks.py", "used != 2", "used != 3"),
    Fault("a read word does not stay", "parts/memory.py", "with m.If(self.r_en):", "with m.If(1):"),
    Fault("a slot too many", "parts/job_queue.py", "Mux(self.free == 0,", "Mux(0,"),
    Fault("the core keeps its state in a soft reset", "parts/hosted.py", ", reset=front.core_reset", ""),
    Fault("backpressure does not reach the core", "parts/host.py", "self.result.ready.eq(self.o.ready)",
          "self.result.ready.eq(1)"),
    Fault("a job's cycles are counted from the one before", "parts/job_counters.py", "end - starts.r_data0",
          "end - starts.r_data0 - 1"),
    # Small cores
    Fault("a serial division stops a bit early", "parts/divider.py", "left.eq(bits + 1)", "left.eq(bits)"),
    Fault("a serial scaler shifts a place less", "parts/serial_scale.py", "left + self.shift > 1 << self.shift_bits",
          "left + self.shift > (1 << self.shift_bits) + 1"),
    Fault("a table of the iCE40 is a cycle late", "parts/memory.py", "falling=True", "falling=False"),
    Fault("a serial step is a cycle longer", "vitality/pace.py", "intervals[0] - 1", "intervals[0]"),
)


def prepare(folder, fault):
    """Copy the project, and put the fault into the copy."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    if fault:
        path = folder / "hdl" / fault.file
        text = path.read_text()
        found = text.count(fault.old)
        if found != 1:
            raise SystemExit(f"{fault.name}: {fault.file} has the text {fault.old!r} {found} times, not once")
        path.write_text(text.replace(fault.old, fault.new))


def check(fault):
    """Run the tests with a fault, or with none; returns (red or green, what failed, seconds)."""
    folder = WORK / (f"fault{FAULTS.index(fault):02}" if fault else "none")
    began = time.monotonic()
    environment = {**os.environ, "ATTNFORGE_CACHE": str(WORK / "cache"), "PYTHONPATH": str(folder),
                   "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-rfE", "--tb=line", "-p", "no:cacheprovider",
               "-m", "not slow", "-k", SELECTION, *TESTS]
    run = subprocess.run(command, cwd=folder, env=environment, text=True, check=False, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT)
    (folder / "tests.log").write_text(run.stdout)
    lines = [line for line in run.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    first = lines[0].split("::", 1)[-1] if lines else run.stdout.strip().splitlines()[-1]
    # A copy that can't be built or imported is no proof of anything.
    red = run.returncode == 1 and lines[0].startswith("FAILED")
    return "red" if red else "green" if run.returncode == 0 else "broken", first, time.monotonic() - began


def main(names):
    """Check the faults of these names, all without any; the sources without a fault must be green."""
    chosen = [fault for fault in FAULTS if not names or fault.name in names]
    unknown = set(names) - {fault.name for fault in FAULTS}
    if unknown:
        raise SystemExit(f"no such fault: {', '.join(sorted(unknown))}")
    shutil.rmtree(WORK, ignore_errors=True)
    prepare(WORK / "none", None)
    for fault in chosen:
        prepare(WORK / f"fault{FAULTS.index(fault):02}", fault)
    wrong = 0
    with ThreadPoolExecutor(TOGETHER) as pool:
        for fault, (colour, first, seconds) in zip([None, *chosen], pool.map(check, [None, *chosen]), strict=True):
            wrong += colour != ("red" if fault else "green")
            name, file = (fault.name, fault.file) if fault else ("no fault", "")
            print(f"{colour:<9} {name:<50} {file:<24} {seconds:4.0f} s  {first[:90]}", flush=True)
    shutil.rmtree(WORK / "cache")
    print(f"{len(chosen)} faults, {wrong} results not as they should be")
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
