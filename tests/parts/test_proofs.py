"""What the parts promise holds for all time, and a part that is broken on purpose breaks what it promises."""

import pytest

from attnforge.gen.emission.emit import emit
from attnforge.hdl.parts.proof import Proof
from attnforge.sim.proof.formal import prove, refute
from attnforge.sim.proof.subjects import SUBJECTS
from tests.parts.mutants import MUTANTS

BY_NAME = {subject.name: subject for subject in SUBJECTS}


MOST_MUTANTS = 3  # of a part in a quick run


def quick_and_slow(items, is_slow, name):
    return [pytest.param(item, id=name(item), marks=[pytest.mark.slow] * is_slow(item)) for item in items]


def is_further(mutant):
    """Whether a mutant is not among the first ones of its part."""
    part = BY_NAME[mutant.subject].part
    return [m for m in MUTANTS if BY_NAME[m.subject].part is part].index(mutant) >= MOST_MUTANTS


@pytest.mark.parametrize("subject", quick_and_slow(SUBJECTS, lambda s: s.slow, lambda s: s.name))
def test_promises_hold(subject):
    verdict = prove(subject.make(), depth=subject.depth, inner=subject.inner)
    assert verdict.state == "proven", str(verdict)
    assert verdict.promised


@pytest.mark.parametrize("mutant", quick_and_slow(MUTANTS, is_further, lambda mutant: mutant.name))
def test_mutant_breaks_a_promise(mutant):
    subject = BY_NAME[mutant.subject]
    verdict = refute(subject.make(mutant.of(subject.part)), mutant.breaks, depth=subject.depth)
    assert verdict.wrong == (mutant.breaks,), str(verdict)


def test_every_part_has_mutants_that_break_different_promises():
    for part in {subject.part for subject in SUBJECTS}:
        assert len({mutant.breaks for mutant in MUTANTS if BY_NAME[mutant.subject].part is part}) >= 2, part


@pytest.mark.parametrize("part", {subject.part: subject for subject in SUBJECTS}.values(), ids=lambda part: part.name)
def test_emission_knows_nothing_of_proofs(part):
    proof = Proof(part.make())
    text = proof.convert()
    verilog = emit(part.make(), "part").verilog
    names = [*proof.promised, *proof.assumed, *proof.reached]
    assert proof.promised and all(name in text for name in names)
    assert not [name for name in (*names, "assert", "assume", "passage__") if name in verilog]
