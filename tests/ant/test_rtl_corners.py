"""Corners: smallest and extreme jobs, faults before and after results have left, resets."""

import numpy as np
import pytest

from attnforge.hdl.ant import DESIGN, PRESETS, Config, Job
from attnforge.hdl.ant.job import kept_rows
from attnforge.hdl.ant.post import result_stream
from attnforge.hdl.numeric import pack
from attnforge.sim.bench.run import Plan, run_plans
from attnforge.sim.bench.stalls import PROFILES, Stalls
from attnforge.sim.bench.steps import Cut, Overlong, Run, SoftReset
from tests.ant.cores import check, jobs, rng_of

TINY = PRESETS["tiny"]
PLAIN = {"multiplier": 1, "shift": 0, "bias": 0}


def parameters(n, **values):
    """Equal parameters for all channels; by default the sums as they are."""
    row = PLAIN | values
    return np.tile([row["multiplier"], row["shift"], row["bias"]], (n, 1))


def extremes(config):
    """Every pair of types at the ends of their ranges, K at its maximum, results as wide as they come."""
    for a_type, a in enumerate(config.activations):
        for w_type, w in enumerate(config.weights):
            codes = [form.code([form.min, form.max]) if form.kind != "int" else [form.min, form.max] for form in (a, w)]
            job = Job(2, config.max_k, 4, a_type, w_type, len(config.results) - 1)
            yield Run(job, {
                "parameters": parameters(4),
                "a": np.repeat(np.array(codes[0])[:, None], config.max_k, axis=1),
                "w": np.tile(np.repeat(codes[1], 2), (config.max_k, 1)),
            })


def test_extremes_of_all_pairs_of_types_are_exact():
    steps = list(extremes(TINY))
    (result,) = run_plans(DESIGN, TINY, [Plan(steps)])
    check(result)
    sums = max(int(np.abs(job.outputs["c"]).max()) for job in result.jobs)
    assert sums == TINY.max_k * 2**14 * 2**7  # the largest of unsigned PoT times the least of 8 bits


def corner_steps(config):
    """Sizes of 1, parameters at their ends, results that saturate at both."""
    rng = rng_of(4)
    steps = [jobs(config, rng, 1, m=m, k=k, n=n)[0] for m in (1, config.max_m) for k in (1, config.max_k)
             for n in (1, config.max_n)]
    most = (1 << config.multiplier_bits) - 1
    bias = 1 << config.channel_scale.bias_bits - 1
    for o_type in range(len(config.results)):
        for ends in ({"multiplier": 0}, {"multiplier": most}, {"multiplier": most, "shift": 63}, {"bias": bias - 1},
                     {"bias": -bias}, {"multiplier": most, "bias": -bias}, {"shift": 1}, {"shift": 2, "bias": -3}):
            step = jobs(config, rng, 1, m=3, n=min(5, config.max_n), o_type=o_type)[0]
            step.operands["parameters"] = parameters(step.job.n, **ends)
            steps.append(step)
    return steps


@pytest.mark.parametrize("config", [TINY, Config(rows=1, columns=1, max_m=3, max_k=2, max_n=3, eight_bits=False,
                                                 flint=False, unsigned=False, beat_bytes=4, wide_bits=8)],
                         ids=["tiny", "least"])
def test_smallest_jobs_and_ends_of_all_parameters(config):
    steps = corner_steps(config)
    check(*run_plans(DESIGN, config, [Plan(steps), Plan(steps, PROFILES["both"], 3)]))


def beats(config, job, operands):
    return len(pack(DESIGN.operand_segments(config, job), operands, config.beat_bytes))


def test_a_last_at_every_beat_of_a_job_ends_it_there():
    """Whole blocks before it leave, and a beat of zeros ends them; the next job is right."""
    rng = rng_of(1)
    bad = jobs(TINY, rng, 1, m=10, k=5, n=4, a_type=1, w_type=1)[0]
    steps = []
    for at in range(1, beats(TINY, bad.job, bad.operands)):
        steps += [Cut(bad.job, bad.operands, at), jobs(TINY, rng, 1, m=3)[0]]
    steps += [Overlong(bad.job, bad.operands, extra) for extra in (1, 2, 9)]
    steps += jobs(TINY, rng, 1)
    plans = [Plan(steps), Plan(steps, PROFILES["both"], 2), Plan(steps, PROFILES["backpressure"], 3)]
    for result in run_plans(DESIGN, TINY, plans):
        check(result)
        kinds = [job.kind for job in result.jobs]
        assert kinds.count("cut") > 5 and kinds.count("dropped") > 5


def test_many_bad_jobs_in_a_row_leave_nothing_behind():
    rng = rng_of(2)
    good, bad = jobs(TINY, rng, 6), jobs(TINY, rng, 12, m=9)
    steps = [good[0]]
    for number, step in enumerate(bad):
        whole = beats(TINY, step.job, step.operands)
        steps.append(Cut(step.job, step.operands, max(1, whole * (number % 5) // 5 - 1)) if number % 4 else
                     Overlong(step.job, step.operands, 3))
    steps += good
    check(*run_plans(DESIGN, TINY, [Plan(steps), Plan(steps, PROFILES["backpressure"], 1)]))


def test_the_end_of_a_bad_job_waits_for_room_among_the_results():
    """A job whose results fill the queue but for a block, a bad job that keeps a block, and a sink that sleeps."""
    rng = rng_of(5)
    block = TINY.rows
    steps, thin = [], {"k": 1, "n": 1, "a_type": 0, "w_type": 0, "o_type": len(TINY.results) - 1}  # a beat for a row
    for taken in (0, 1, 2, 0, 1, 2):  # by the sink while the queue fills
        fill = jobs(TINY, rng, 1, m=result_stream(TINY).depth - block + taken, **thin)[0]
        bad = jobs(TINY, rng, 1, m=3 * block, **thin)[0]
        end = beats(TINY, bad.job, bad.operands) - block
        steps += [fill, Cut(bad.job, bad.operands, end), *jobs(TINY, rng, 2, m=9)]
    sleeping = Stalls(backpressure=0.99, burst=256)
    for result in run_plans(DESIGN, TINY, [Plan(steps, sleeping, seed) for seed in (1, 2)]):
        check(result)
        assert [job.kind for job in result.jobs] == ["good", "cut", "good", "good"] * 6


def test_kept_rows_are_those_of_complete_blocks():
    """4 rows; K = 5 codes in a beat, 5 bytes in two."""
    assert TINY.rows == 4 and TINY.beat_bytes == 4
    for a_type, per_row, block in ((0, 1, 4), (len(TINY.codes), 2, 2)):
        job = Job(10, 5, 4, a_type, 0, 0)
        stay = 4 * 3 + 5  # three beats for a channel's parameters, one for a row of W
        found = [kept_rows(TINY, job, stay + rows * per_row - behind) for rows in range(10) for behind in (0, 1)]
        assert found == [max(0, rows - behind) // block * block for rows in range(10) for behind in (0, 1)]
        assert kept_rows(TINY, job, 0) == 0


def test_a_reset_at_any_time_leaves_a_core_that_works():
    rng = rng_of(3)
    steps = []
    for share in np.linspace(0, 1, 12):
        step, (after,) = jobs(TINY, rng, 1, m=17)[0], jobs(TINY, rng, 1)
        whole = beats(TINY, step.job, step.operands)
        pause = int(rng.integers(0, 1 + DESIGN.perf(TINY, step.job).latency))
        steps += [SoftReset(step.job, step.operands, round(share * whole), pause), after]
    check(*run_plans(DESIGN, TINY, [Plan(steps), Plan(steps, PROFILES["both"], 5)]))
