"""The benches on a toy core: what they must pass, and every kind of fault that they must find."""

from dataclasses import replace

import numpy as np
import pytest

import attnforge.sim
from attnforge.sim.bench.run import run_smoke
from attnforge.sim.bench.stalls import PROFILES, Stalls
from attnforge.sim.bench.standard import check_design
from attnforge.sim.bench.steps import Cut, Overlong, QueueFull, Refused, Run, SoftReset
from tests.sim.toy import DESIGN, FAULTS, Config, Job, broken
from tests.simulators import require

CONFIG = Config()


def job(tokens, addend=1, fault=""):
    values = np.arange(tokens * CONFIG.beat_bytes).reshape(tokens, -1) % 100
    return Job(tokens, addend, FAULTS.index(fault)), {"x": values}


@pytest.mark.parametrize("options", [
    {"simulator": "verilator"},
    {"simulator": "verilator", "power_up": False},
    {"simulator": "icarus", "standard": "2005"},
    {"simulator": "icarus", "standard": "2012"},
    {"simulator": "icarus", "standard": "2012", "power_up": False},
], ids=lambda options: "-".join(map(str, options.values())))
def test_a_good_core_passes_the_whole_bench(options):
    require(options["simulator"])
    checks = check_design(DESIGN, CONFIG, seed=3, **options)
    assert [text for check in checks for text in check.failures] == []
    assert all(check.jobs and check.outputs for check in checks)


SYMPTOMS = {
    "wrong_byte": ("streams: none", "wrong bytes"),
    "dropped_beat": ("streams: none", "result beats up to the last one"),
    "doubled_beat": ("streams: none", "result beats up to the last one"),
    "payload_changes": ("streams: backpressure", "payload changed while it waited"),
    "valid_falls": ("streams: backpressure", "valid fell before the transfer"),
    "missing_last": ("streams: none", "result beats up to the last one"),
    "early_last": ("streams: none", "result beats up to the last one"),
    "valid_waits_for_ready": ("streams: lazy", "nothing moves any more"),
    "hangs": ("streams: none", "nothing moves any more"),
    "beat_after_the_end": ("streams: none", "result beats"),
    "wrong_macs": ("streams: none", "JOB_MACS_LO"),
    "slow": ("latency and interval", "perf says"),
}


@pytest.mark.parametrize("fault", FAULTS[1:])
def test_every_fault_is_found(fault):
    name, symptom = SYMPTOMS[fault]
    checks = check_design(broken(fault), CONFIG, seed=1, jobs=6)
    failures = next(check for check in checks if check.name == name).failures
    assert any(symptom in text for text in failures), failures[:5]


def test_a_core_that_takes_bad_jobs_is_found():
    checks = {check.name: check for check in check_design(DESIGN, Config(tolerant=True), jobs=6)}
    assert any("ERROR is NONE of job 0, not FIELD_TOKENS" in text for text in checks["bad jobs and resets"].failures)
    assert checks["streams: both"].passed


def test_a_memory_that_nobody_wrote_is_found():
    require("icarus")
    run = attnforge.sim.run(DESIGN, Config(unwritten=True), [job(4)], simulator="icarus")
    assert any("payload is unknown" in text for text in run.failures), run.failures


def test_a_register_that_nothing_resets_is_found_without_its_value_at_power_up():
    require("icarus")
    config = Config(unreset=True)
    assert attnforge.sim.run(DESIGN, config, [job(4)], simulator="icarus").passed
    run = attnforge.sim.run(DESIGN, config, [job(4)], simulator="icarus", power_up=False)
    assert any("valid is unknown" in text for text in run.failures), run.failures


def test_results_have_outputs_times_and_counters():
    run = attnforge.sim.run(DESIGN, CONFIG, [job(4, 5), job(7, 250)], seed=9)
    assert run.passed, run.failures
    first, second = run.jobs
    assert (first.outputs["y"] == job(4)[1]["x"] + 5).all()
    assert first.latency == DESIGN.perf(CONFIG, first.job).latency == first.counters["JOB_CYCLES"]
    assert first.start < first.first_operand < first.last_operand < first.last_result
    assert run.intervals == [second.last_result - first.last_result]
    assert run.outputs_checked == 11 * CONFIG.beat_bytes and run.mismatches == 0
    assert second.counters["JOB_NUMBER"] == 2 and second.counters["ZEROS"] == 0
    assert run.summary()["jobs"][1]["counters"] == second.counters


def test_a_model_that_differs_is_a_mismatch_and_tells_where():
    wrong = replace(DESIGN, name="wrong", model=lambda config, job, operands: {"y": operands["x"]})
    run = attnforge.sim.run(wrong, CONFIG, [job(4, 0), job(4, 2)])
    assert run.mismatches == 4 * CONFIG.beat_bytes and run.jobs[0].mismatches == 0
    assert "job 2 (step 1): 8 wrong bytes, first in beat 0, byte 0: 0x02 instead of 0x00" in run.failures[0]


@pytest.mark.parametrize("profile", PROFILES)
def test_bad_jobs_between_good_ones(profile):
    steps = [Run(*job(5)), Refused(job(3)[0], {"tokens": 0}), Run(*job(6, 7)), Cut(*job(9), 2), Run(*job(1)),
             Overlong(*job(2), 3), Run(*job(20)), QueueFull((Run(*job(3)),) * 3), SoftReset(*job(8), 4, 2),
             Run(*job(2))]
    run = attnforge.sim.run(DESIGN, CONFIG, steps=steps, stalls=PROFILES[profile], seed=4)
    assert run.passed, run.failures
    assert [j.kind for j in run.jobs] == ["good", "good", "dropped", "good", "dropped", "good", *["good"] * 3, "reset",
                                          "good"]
    assert [j.number for j in run.jobs] == [*range(1, 11), 1]


def test_equal_seeds_give_equal_runs_and_others_do_not():
    jobs = [job(12), job(3)]
    runs = [attnforge.sim.run(DESIGN, CONFIG, jobs, stalls=(0.3, 0.3), seed=seed) for seed in (5, 5, 6)]
    ends = [[j.last_result for j in run.jobs] for run in runs]
    assert ends[0] == ends[1] != ends[2]


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("burst", [1, 20])
def test_stalls_take_the_share_of_cycles_that_they_say(share, burst):
    config = Config(max_tokens=4000, beat_bytes=1)
    jobs = [(Job(4000, 0), {"x": np.zeros((4000, 1), int)})]
    run = attnforge.sim.run(DESIGN, config, jobs, stalls=Stalls(idle=share, backpressure=share, burst=burst))
    assert run.passed, run.failures
    [done] = run.jobs
    for beats in (done.last_operand - done.first_operand, done.last_result - done.last_operand):
        assert abs(1 - 4000 / beats - share) < 0.07
    assert done.counters["JOB_STALL_IN"] > 0 and done.counters["JOB_STALL_OUT"] > 0


def test_waves_are_written(tmp_path):
    run = attnforge.sim.run(DESIGN, CONFIG, [job(3)], waves=tmp_path / "toy.fst")
    assert run.passed and (tmp_path / "toy.fst").stat().st_size > 1000


@pytest.mark.parametrize("profile", ["none", "both", "lazy"])
@pytest.mark.parametrize("fault", ["", "wrong_byte", "dropped_beat", "doubled_beat", "payload_changes", "valid_falls",
                                   "missing_last"])
def test_python_drivers_agree_with_the_harness(fault, profile):
    jobs = [job(6, fault=fault), job(1, fault=fault), job(9, fault=fault)]
    failures = run_smoke(DESIGN, CONFIG, jobs, stalls=PROFILES[profile], seed=2)
    hidden = profile == "none" and fault in ("payload_changes", "valid_falls")  # nothing waits
    assert bool(failures) == (fault != "" and not hidden), failures


def test_python_drivers_find_unknown_bits():
    require("icarus")
    assert run_smoke(DESIGN, CONFIG, [job(6), job(1)], stalls=PROFILES["both"], simulator="icarus") == []


@pytest.mark.parametrize(("arguments", "message"), [
    ({"idle": 1.0}, "idle is a share of cycles from 0 to 0.99, not 1.0"),
    ({"backpressure": -0.1}, "backpressure is a share"),
    ({"burst": 0}, "burst is a number of cycles from 1 to 256, not 0"),
])
def test_impossible_stalls_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Stalls(**arguments)


@pytest.mark.parametrize(("step", "message"), [
    (Cut(*job(5), 5), "from 1 to 4 here, not 5"),
    (QueueFull((Run(*job(1)),)), "QueueFull takes 3 runs"),
    ("start", "not a step of a script: 'start'"),
])
def test_impossible_steps_are_refused(step, message):
    with pytest.raises((ValueError, TypeError), match=message):
        attnforge.sim.run(DESIGN, CONFIG, steps=[Run(*job(1)), step])
