"""The numbers that follow from a job's masks, against the masks in full; and these against their definition."""

import itertools

import numpy as np
import pytest

from attnforge.hdl.dense.job import Job
from attnforge.hdl.dense.masks import first_tile_key, kept, pairs, seen_keys, seen_queries

SMALL = [Job(queries=queries, keys=keys, first_key=first, key_limit=limit, causal=causal, causal_offset=offset)
         for queries, keys, first, limit, causal in itertools.product((1, 2, 5), (1, 4, 6), range(7), range(7), (0, 1))
         for offset in ((0, 1, 3, 6) if causal else (2,))]


def test_masks_are_what_the_registers_say():
    for job in SMALL:
        wanted = [[job.first_key <= j < job.key_limit and (not job.causal or j <= i + job.causal_offset)
                   for j in range(job.keys)] for i in range(job.queries)]
        assert kept(job).tolist() == wanted, job


def test_rows_that_are_seen_and_pairs_are_those_of_the_full_mask():
    for job in SMALL:
        mask = kept(job)
        assert np.flatnonzero(mask.any(axis=1)).tolist() == list(seen_queries(job)), job
        assert np.flatnonzero(mask.any(axis=0)).tolist() == list(seen_keys(job)), job
        assert mask.sum() == pairs(job), job


@pytest.mark.parametrize("columns", [1, 2, 3, 4])
def test_the_first_tile_is_that_of_the_first_key_that_padding_leaves(columns):
    for job in SMALL:
        left = [j for j in range(job.keys) if job.first_key <= j < job.key_limit]
        assert first_tile_key(columns, job) == (left[0] // columns * columns if left else 0)


@pytest.mark.parametrize("causal", [0, 1])
def test_pairs_of_the_largest_jobs_are_exact(causal):
    job = Job(queries=(1 << 24) - 1, keys=16384, first_key=3, key_limit=16000, causal=causal, causal_offset=7)
    rows = np.arange(job.queries)
    wanted = np.clip(rows + 8 - 3, 0, 15997).sum() if causal else 15997 * job.queries
    assert pairs(job) == wanted
