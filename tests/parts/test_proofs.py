"""What the parts promise holds for all time, and a part that is broken on purpose breaks what it promises."""

import pytest

from gen.emit import emit
from hdl.parts.proof import Proof
from sim.formal import prove, refute
from sim.proofs import SUBJECTS
from tests.parts.mutants import MUTANTS

BY_NAME = {subject.name: subject for subject in SUBJECTS}


@pytest.mark.parametrize("name", BY_NAME)
def test_promises_hold(name):
    verdict = prove(BY_NAME[name].make())
    assert verdict.state == "proven", str(verdict)
    assert verdict.promised


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_mutant_breaks_a_promise(mutant):
    subject = BY_NAME[mutant.subject]
    verdict = refute(subject.make(mutant.of(subject.part)), mutant.breaks)
    assert verdict.wrong == (mutant.breaks,), str(verdict)


@pytest.mark.parametrize("name", BY_NAME)
def test_emission_knows_nothing_of_proofs(name):
    proof = Proof(BY_NAME[name].make())
    text = proof.convert()
    verilog = emit(BY_NAME[name].make(), "part").verilog
    names = [*proof.promised, *proof.assumed, *proof.reached]
    assert all(name in text for name in names)
    assert not [name for name in (*names, "assert", "assume", "passage__") if name in verilog]
