"""The emitted folder in the hands of a user: cocotb's own runner and Icarus at their defaults, in another directory."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from attnforge.gen import generate
from attnforge.gen.registry import DESIGNS
from attnforge.hdl.numeric.layout import pack
from tests.simulators import require

RUN = """
import sys
from pathlib import Path
from cocotb_tools.runner import get_results, get_runner
name = sys.argv[1]
runner = get_runner("icarus")
runner.build(sources=Path(name + ".f").read_text().split(), hdl_toplevel=name)
tests, failed = get_results(runner.test(hdl_toplevel=name, test_module="user_bench"))
sys.exit(tests != 1 or failed != 0)
"""


def quantised(design, config, rng):
    """Jobs from float tensors, of sizes that fill no row and no column of the array."""
    if design.name == "ant":
        shapes = {"a": (5, 7), "w": (7, 3), "bias": (3,)}
    else:
        shapes = {"q": (6, 5), "k": (6, 5), "v": (6, 3)}
    yield design.quantise(config, {name: rng.normal(size=shape) for name, shape in shapes.items()})[:2]
    if design.name == "dense":
        shapes = {"x": (3, 7), "w": (7, 5), "bias": (5,)}
        yield design.quantise(config, {name: rng.normal(size=shape) for name, shape in shapes.items()})[:2]


def as_json(design, config, job, operands):
    """Registers, operand beats and result beats, as whole numbers."""

    def beats(segments, tensors):
        words = [int.from_bytes(row.tobytes(), "little") for row in pack(segments, tensors, config.beat_bytes)]
        return [*words[:-1], words[-1] | 1 << 8 * config.beat_bytes]

    return {"registers": {field.name: int(getattr(job, field.name)) for field in design.job_fields(config)},
            "operands": beats(design.operand_segments(config, job), operands),
            "results": beats(design.result_segments(config, job), design.model(config, job, operands))}


@pytest.mark.parametrize("name", DESIGNS)
def test_a_user_runs_jobs_on_the_folder_alone(name, tmp_path):
    require("icarus")
    design = DESIGNS[name]
    config = design.presets["tiny"]
    core, folder, _ = generate(name, preset="tiny", out=tmp_path / "emitted")
    here = tmp_path / "user"
    shutil.copytree(folder, here)
    (here / f"{core.name}.json").rename(here / "manifest.json")
    rng = np.random.default_rng(4)
    jobs = [*quantised(design, config, rng), *(design.random_job(config, rng) for _ in range(4))]
    (here / "jobs.json").write_text(json.dumps([as_json(design, config, *job) for job in jobs]))
    shutil.copy(Path(__file__).with_name("user_bench.py"), here)
    (here / "run.py").write_text(RUN)
    alone = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "PYTHON", "COCOTB"))}
    run = subprocess.run([sys.executable, "run.py", core.name], cwd=here, env=alone, text=True, check=False,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert run.returncode == 0, run.stdout[-3000:]
