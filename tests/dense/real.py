"""Heads cut and joined from those of two photographs, of which the second one chose no width."""

import numpy as np

from attnforge.sim.data import load_heads

HEADS = load_heads("china") + load_heads("flower")


def part(rng):
    """Some tokens of a head, some of its features: 1 to 257 tokens, d and d_v from 1 to 64."""
    head = HEADS[rng.integers(len(HEADS))]
    n, d, d_v = (int(rng.integers(1, most, endpoint=True)) for most in (257, 64, 64))
    start, q_start, v_start = (int(rng.integers(0, most - size, endpoint=True))
                               for most, size in ((257, n), (64, d), (64, d_v)))
    rows = slice(start, start + n)
    return {"q": head.query[rows, q_start : q_start + d], "k": head.key[rows, q_start : q_start + d],
            "v": head.value[rows, v_start : v_start + d_v]}


def joined(rng, keys, queries):
    """Queries of one head over the keys and values of all heads of its layer, in any order, as often as it takes.

    Features of a head that comes again are moved on, so that no key comes twice.
    """
    first = HEADS[rng.integers(len(HEADS))]
    layer = [head for head in HEADS if head.layer == first.layer]
    order = [first, *(layer[at] for at in rng.permutation(len(layer)) if layer[at] is not first)]
    k, v = [], []
    while sum(map(len, k)) < keys:
        head, turn = order[len(k) % len(order)], len(k) // len(order)
        rows = rng.permutation(len(head.key))
        k.append(np.roll(head.key, 7 * turn, axis=1)[rows])
        v.append(np.roll(head.value, 5 * turn, axis=1)[rows])
    return {"q": first.query[rng.permutation(len(first.query))[:queries]], "k": np.concatenate(k)[:keys],
            "v": np.concatenate(v)[:keys]}
