"""Which rows the report has."""

from dataclasses import fields
from types import SimpleNamespace

import pytest

from attnforge.fpga.report.subjects import Part, choose
from attnforge.hdl.contract.design import Design, Perf

PARTS = [Part("array", "2x2", lambda: None, 4)]


def design(name, presets):
    record = dict.fromkeys((field.name for field in fields(Design)), None)
    record |= {
        "name": name,
        "presets": {preset: SimpleNamespace(multipliers=6) for preset in presets},
        "module_name": lambda config: f"{name}_6",
        "random_job": lambda config, rng: (None, {}),
        "perf": lambda config, job: Perf(lambda count: list(range(1, count + 1)), 1, config.multipliers),
    }
    return Design(**record)


DESIGNS = {name: design(name, presets) for name, presets in {"one": ("tiny", "large"), "two": ("tiny",)}.items()}


@pytest.mark.parametrize(
    ("names", "presets", "labels"),
    [
        ((), (), ["array 2x2", "one tiny", "one large", "two tiny"]),
        (("one",), (), ["one tiny", "one large"]),
        ((), ("tiny",), ["one tiny", "two tiny"]),
        (("array",), (), ["array 2x2"]),
        (("array", "two"), ("tiny",), ["two tiny"]),
    ],
)
def test_choice(names, presets, labels):
    subjects = choose(names, presets, PARTS, DESIGNS)
    assert [subject.label for subject in subjects] == labels
    assert all(subject.multipliers == (6 if subject.design else 4) for subject in subjects)


def test_unknown_names_are_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="--designs must be among one, two, array, not 'three'"):
        choose(("three",), (), PARTS, DESIGNS)
    with pytest.raises(ValueError, match="--presets must be among tiny, large, not 'huge'"):
        choose((), ("huge",), PARTS, DESIGNS)
