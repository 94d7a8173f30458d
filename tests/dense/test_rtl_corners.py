"""Corners on a real simulator: scores that are equal or far apart, extremes, one of everything, all masks."""

import dataclasses
import itertools

import numpy as np
import pytest

from attnforge.hdl.dense import DESIGN, PRESETS, Config, Job
from attnforge.hdl.dense.job import job_fields
from attnforge.hdl.dense.masks import kept
from attnforge.hdl.dense.model import exponentials, masked_rows, saturated_scores, scores
from attnforge.hdl.dense.perf import job_ends
from attnforge.sim.bench.run import Plan, run_plans
from attnforge.sim.bench.stalls import PROFILES
from attnforge.sim.bench.steps import Run
from tests.dense.cores import check, ends, jobs, rng_of

TINY = PRESETS["tiny"]
ONES = Config(rows=1, columns=1, max_queries=1, max_keys=1, max_head_dim=1, max_value_dim=1, max_depth=1,
              max_channels=1, beat_bytes=4, job_slots=2)
STALLS = ("none", "both", "lazy")


def run(steps, *profiles, config=TINY, **options):
    """Run the same steps under each stall profile; all must be right, and end when perf says where nothing stalls."""
    plans = [Plan(steps, PROFILES[profile], seed, **options) for seed, profile in enumerate(profiles, 1)]
    results = run_plans(DESIGN, config, plans)
    check(*results)
    for profile, result in zip(profiles, results, strict=True):
        if profile == "none":
            starts = [job.start for job in result.jobs]
            assert ends(result) == job_ends(config, [job.job for job in result.jobs], starts)
    return results


def head(config, q, k, v, **fields):
    """A head of these integers; by default a score is a power of two, and results are means of values."""
    unit = {"score_multiplier": 1 << config.score_fraction_bits, "score_shift": 0, "key_limit": config.max_keys,
            "out_multiplier": 1 << config.multiplier_bits - 1, "out_shift": config.multiplier_bits - 1}
    job = Job(queries=len(q), keys=len(k), head_dim=q.shape[1], value_dim=v.shape[1], **unit | fields)
    return Run(job, {"q": q, "k": k, "v": v})


def largest(config, rng):
    """Shapes of the largest head, and random values for it."""
    n, d, d_v = config.max_keys, config.max_head_dim, config.max_value_dim
    rows = min(config.max_queries, 19)
    return {name: config.operand.random(rng, shape) for name, shape in
            (("q", (rows, d)), ("k", (n, d)), ("v", (n, d_v)))}


def weights(config, step):
    return exponentials(config, scores(config, step.job, step.operands))


# Scores ---------------------------------------------------------------------------------------------------------------
def test_all_scores_equal():
    """Without queries, without keys, or with the same key everywhere: every weight is the largest."""
    rng = rng_of(1)
    operands = largest(TINY, rng)
    same = np.tile(operands["k"][:1], (TINY.max_keys, 1))
    steps = [head(TINY, **operands | {"q": 0 * operands["q"]}), head(TINY, **operands | {"k": 0 * operands["k"]}),
             head(TINY, **operands | {"k": same}), head(TINY, **operands, score_multiplier=0)]
    for step in steps:
        assert (weights(TINY, step) == (1 << TINY.probability_bits) - 1).all()
    run(steps, *STALLS)


def test_one_score_far_above_the_rest():
    """At every key in turn: all other weights are 0, and each row gives the value of its key."""
    keys = np.zeros((TINY.max_keys, 1), int)
    values = largest(TINY, rng_of(2))["v"]
    steps = []
    for at in range(TINY.max_keys):
        k = keys.copy()
        k[at] = 127
        steps.append(head(TINY, np.array([[127], [1]]), k, values))
        assert np.count_nonzero(weights(TINY, steps[-1])) == 2
    for result in run(steps, "none", "both"):
        for at, job in enumerate(result.jobs):
            assert (job.outputs["z"] == values[at]).all()


def test_a_maximum_that_rises_from_key_to_key_and_one_that_falls():
    ramp = np.arange(TINY.max_keys)[:, np.newaxis]
    q, v = np.array([[1], [-1], [3]]), largest(TINY, rng_of(3))["v"]
    run([head(TINY, q, k, v, score_multiplier=8) for k in (ramp, ramp[::-1])], *STALLS)


# Operands and registers -----------------------------------------------------------------------------------------------
NARROW = {"bits": 4, "out_bits": 4, "score_bits": 8, "score_fraction_bits": 2, "probability_bits": 4,
          "multiplier_bits": 8, "lossy": True}
WIDE = {"score_bits": 18, "score_fraction_bits": 8, "probability_bits": 17, "multiplier_bits": 17}
SIZES = {"rows": 3, "columns": 3, "max_queries": 9, "max_keys": 8, "max_head_dim": 7, "max_value_dim": 4,
         "max_depth": 8, "max_channels": 4, "beat_bytes": 8}
WIDTHS = {"narrowest": Config(**SIZES, **NARROW), "default widths": Config(**SIZES), "widest": Config(**SIZES, **WIDE)}


def extreme_steps(config, rng):
    """Every mix of least, greatest and alternating operands, with scales at the ends of their ranges and fitting."""
    form = config.operand

    def pattern(kind, shape):
        if kind != "chequered":
            return np.full(shape, getattr(form, kind), np.int64)
        return np.where(np.add.outer(np.arange(shape[0]), np.arange(shape[1])) % 2 == 0, form.max, form.min)

    most, shifts = (1 << config.multiplier_bits) - 1, (0, 9, 63)
    shapes = {name: tensor.shape for name, tensor in largest(config, rng).items()}
    for kinds in itertools.product(("min", "max", "chequered"), repeat=3):
        q, k, v = (pattern(kind, shape) for kind, shape in zip(kinds, shapes.values(), strict=True))
        for _ in range(2):
            picks = {name: int(rng.choice([1, most])) for name in ("score_multiplier", "out_multiplier")}
            picks |= {name: int(rng.choice(shifts)) for name in ("score_shift", "out_shift")}
            yield head(config, q, k, v, **picks)
        bias_form = config.channel_scale.bias
        bias = int(rng.choice([bias_form.min, bias_form.max]))
        parameters = [[int(rng.choice([1, most])), int(rng.choice(shifts)), bias]] * config.max_channels
        x, w = pattern(kinds[0], (9, config.max_depth)), pattern(kinds[1], (config.max_depth, config.max_channels))
        job = Job(queries=9, linear=1, depth=config.max_depth, channels=config.max_channels)
        yield Run(job, {"parameters": np.array(parameters), "w": w, "x": x})


@pytest.mark.parametrize("name", WIDTHS)
def test_largest_and_smallest_operands(name):
    steps = list(extreme_steps(WIDTHS[name], rng_of(4)))
    assert len(steps) == 81
    run(steps, "none", "both", config=WIDTHS[name], counters=False)


# Sizes ----------------------------------------------------------------------------------------------------------------
def test_sizes_of_one_and_of_the_maximum_in_every_mix():
    rng = rng_of(5)
    kinds = ("queries", "keys", "head_dim", "value_dim"), ("queries", "depth", "channels")
    sizes = [dict(zip(names, mix, strict=True)) | {"linear": kind} for kind, names in enumerate(kinds)
             for mix in itertools.product(*((1, getattr(TINY, f"max_{name}")) for name in names))]
    assert len(sizes) == 16 + 8
    steps = [jobs(TINY, rng, 1, **sizes[at])[0] for at in rng.permutation(len(sizes))]
    run(steps, *STALLS, counters=False)


@pytest.mark.parametrize("config", [TINY, ONES, *WIDTHS.values()], ids=["tiny", "1x1 of ones", *WIDTHS])
def test_thirty_shortest_jobs_back_to_back(config):
    rng = rng_of(6)
    ones = dict.fromkeys(("queries", "keys", "head_dim", "value_dim", "depth", "channels"), 1)
    run([jobs(config, rng, 1, **ones)[0] for _ in range(30)], *STALLS, config=config, counters=False)


def test_every_count_of_rows_around_blocks():
    """1 to 20 rows: one block, blocks that are longer at the end, and two or more."""
    rng = rng_of(7)
    steps = [jobs(TINY, rng, 1, queries=rows, linear=kind)[0] for rows in range(1, 21) for kind in (0, 1)]
    run(steps, "none", "both", counters=False)


@pytest.mark.parametrize("size", [4, pytest.param(8, marks=pytest.mark.slow)])
def test_a_query_with_thousands_of_keys(size):
    """More than 500 times the array's columns; of equal scores, of random ones, and masked but for a few at the end."""
    config = Config(rows=size, columns=size, max_queries=9, max_keys=4100, max_head_dim=5, max_value_dim=3, max_depth=4,
                    max_channels=4)
    rng = rng_of(8, size)
    long = {"linear": 0, "queries": 1, "keys": 4100, "head_dim": 5, "value_dim": 3, "causal": 0}
    seen = {"first_key": 0, "key_limit": 4100}
    steps = [jobs(config, rng, 1, **long, **seen)[0], jobs(config, rng, 1, **long, **seen, score_multiplier=0)[0],
             jobs(config, rng, 1, **long, first_key=4093, key_limit=4100)[0], jobs(config, rng, 1, linear=1)[0],
             jobs(config, rng, 1, **long | {"causal": 1}, **seen, causal_offset=2222)[0],
             jobs(config, rng, 1, **long | {"queries": 9}, **seen)[0]]
    run(steps, "none", "both", config=config)


def test_thousands_of_rows():
    config = Config(rows=2, columns=2, max_queries=(1 << 24) - 1, max_keys=3, max_head_dim=2, max_value_dim=2,
                    max_depth=2, max_channels=2, beat_bytes=4)
    rng = rng_of(9)
    steps = [jobs(config, rng, 1, queries=3001, linear=0, causal=1, causal_offset=0, first_key=0, key_limit=3)[0],
             jobs(config, rng, 1, queries=3002, linear=1)[0], *jobs(config, rng, 2)]
    run(steps, "none", "both", config=config)


# Masks ----------------------------------------------------------------------------------------------------------------
def test_every_padding_mask():
    """Every first key and every limit of 7 keys on 4 columns, 46 of which leave no key."""
    rng = rng_of(10)
    steps = [jobs(TINY, rng, 1, linear=0, keys=7, queries=5, causal=0, first_key=first, key_limit=limit)[0]
             for first in range(9) for limit in range(9)]
    assert sum(masked_rows(TINY, step.job) == 5 for step in steps) == 46
    run(steps, "none", "both", counters=False)
    result, = run(steps, "none", overlap=False)
    assert products(result) == visible_products(steps)


def test_every_causal_offset():
    """Of 11 queries over 9 keys: from the diagonal on, up to where all are seen; with keys masked at the start too."""
    rng = rng_of(11)
    steps = [jobs(TINY, rng, 1, linear=0, keys=9, queries=11, causal=1, causal_offset=offset, first_key=first,
                  key_limit=24)[0] for offset in range(12) for first in (0, 1, 5)]
    partly = [masked_rows(TINY, step.job) for step in steps]
    assert 0 < sum(0 < rows < 11 for rows in partly) < len(steps)
    run(steps, "none", "both", counters=False)
    result, = run(steps, "none", overlap=False)
    assert products(result) == visible_products(steps)


def test_rows_that_see_no_key_are_counted():
    rng = rng_of(12)
    mask = {"causal": 1, "causal_offset": 0, "key_limit": 6}
    steps = [jobs(TINY, rng, 1, linear=0, queries=rows, keys=6, first_key=first, **mask)[0]
             for rows in (1, 5, 13) for first in (0, 3, 6)]
    result, = run(steps, "none", overlap=False)
    counted = [job.counters["MASKED_ROWS"] for job in result.jobs]
    assert counted == [masked_rows(TINY, step.job) for step in steps] == [0, 1, 1, 0, 3, 5, 0, 3, 13]
    assert all((job.outputs["z"][:rows] == 0).all() for job, rows in zip(result.jobs, counted, strict=True))


def test_tiles_of_keys_before_the_first_one_that_is_seen_cost_nothing():
    """5 of 24 keys, wherever they are, lie in two tiles of 4, and take as long as 5 keys that are all."""
    rng = rng_of(15)
    sizes = {"linear": 0, "queries": 23, "head_dim": 7, "value_dim": 10, "causal": 0}
    steps = [jobs(TINY, rng, 1, keys=5, first_key=0, key_limit=5, **sizes)[0]]
    steps += [jobs(TINY, rng, 1, keys=24, first_key=at, key_limit=at + 5, **sizes)[0] for at in range(20)]
    result, = run(steps, "none", overlap=False)
    assert len({job.last_result - job.last_operand for job in result.jobs}) == 1


@pytest.mark.parametrize("size", [1, 3, 5, 7])
def test_masks_on_arrays_of_any_size(size):
    """Tiles begin at multiples of the columns, a power of two or not: first keys and limits in every place."""
    config = Config(rows=size, columns=size, max_queries=12, max_keys=23, max_head_dim=5, max_value_dim=3, max_depth=4,
                    max_channels=4)
    rng = rng_of(16, size)
    steps = [jobs(config, rng, 1, linear=0, keys=int(rng.integers(1, 24)), first_key=first)[0] for first in range(24)]
    for result in run(steps, "none", "both", config=config, overlap=False):
        assert products(result) == visible_products(steps)


def products(result):
    return [job.counters["JOB_MACS_LO"] + (job.counters["JOB_MACS_HI"] << 32) for job in result.jobs]


def visible_products(steps):
    return [int(kept(step.job).sum()) * (step.job.head_dim + step.job.value_dim) for step in steps]


# Saturated scores -----------------------------------------------------------------------------------------------------
def test_scores_that_are_clipped_are_counted_where_they_are_seen():
    """From no score to all of them, on both sides, under every mask; heads and layers in turn."""
    rng = rng_of(17)
    steps = []
    for shift in range(20):
        job, operands = vars(jobs(TINY, rng, 1, linear=0, queries=int(rng.integers(1, 40)))[0]).values()
        job = dataclasses.replace(job, score_multiplier=40_000 + shift, score_shift=shift)
        steps += [Run(job, operands), *jobs(TINY, rng, 1, linear=1)]
    wanted = [saturated_scores(TINY, step.job, step.operands) for step in steps]
    assert len(set(wanted)) > 8 and any(
        0 < count < kept(step.job).sum() for count, step in zip(wanted, steps, strict=True) if not step.job.linear
    )
    for result in run(steps, *STALLS, overlap=False):
        assert [job.counters["SATURATED_SCORES"] for job in result.jobs] == wanted


@pytest.mark.parametrize("sign", [-1, 1])
def test_the_last_score_that_fits_is_not_counted(sign):
    """Scores one after the other around both ends of the format, whose smallest value of all is for masked keys."""
    wanted = np.arange(32764, 32772)
    k = np.array([[127, 127, 4, score - 127 * 258] for score in wanted])
    q = sign * np.array([[127, 127, 127, 1]])
    assert (np.abs(q @ k.T) == wanted).all()
    step = head(TINY, q, k, largest(TINY, rng_of(18))["v"][:8], score_multiplier=1)
    result, = run([step], "none", overlap=False)
    assert result.jobs[0].counters["SATURATED_SCORES"] == saturated_scores(TINY, step.job, step.operands) == 4


def test_the_count_of_saturated_scores_stops_at_its_largest_value():
    config = Config(rows=4, columns=4, max_queries=20, max_keys=4100, max_head_dim=1, max_value_dim=1, max_depth=4,
                    max_channels=4)
    rng = rng_of(19)
    steps = [jobs(config, rng, 1, linear=0, queries=queries, keys=4100, head_dim=1, value_dim=1, first_key=0,
                  key_limit=4100, causal=0, score_multiplier=65535, score_shift=0)[0] for queries in (15, 17)]
    for step in steps:
        step.operands["q"][:], step.operands["k"][:] = 127, 127
    few = jobs(config, rng, 1, linear=0, queries=1, score_multiplier=0)[0]
    result, = run([*steps, few], "none", config=config, overlap=False)
    assert [job.counters["SATURATED_SCORES"] for job in result.jobs] == [15 * 4100, 65535, 0]


# Lists of jobs --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("pattern", ["01", "001", "0111", "00011"])
def test_heads_and_layers_alternate(pattern):
    """Short and long, so that scores of the next head wait beside values, and layers behind both."""
    rng = rng_of(13, len(pattern))
    sizes = ({"queries": 1}, {"queries": 9}, {"queries": 30}, {})
    steps = [jobs(TINY, rng, 1, linear=int(kind), **sizes[number % 4])[0] for number, kind in enumerate(9 * pattern)]
    run(steps[:30], *STALLS, counters=False)


def test_registers_of_the_other_kind_are_not_read():
    """Every field of heads at its ends while a layer runs, and the other way round."""
    rng = rng_of(14)
    of_layers = {"depth", "channels"}
    steps = []
    for kind in (0, 1):
        for end in ("low", "high"):
            others = {field.name: getattr(field, end) for field in job_fields(TINY)
                      if field.name not in ("queries", "linear") and (field.name in of_layers) != bool(kind)}
            steps += [jobs(TINY, rng, 1, linear=kind, queries=6, **others)[0], *jobs(TINY, rng, 1, linear=1 - kind)]
    run(steps, "none", "both")
