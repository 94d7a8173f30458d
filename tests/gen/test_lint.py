"""The lint of presets: what `gen lint` leaves away because it takes minutes and gigabytes."""

import pytest

from attnforge.gen.emission.target import TARGETS
from attnforge.gen.lint import HUGE, lint_folder
from attnforge.gen.models import modelled
from attnforge.gen.registry import DESIGNS
from attnforge.gen.request import resolve

REQUESTS = [resolve(name, preset=preset, target=target) for name in DESIGNS for preset in DESIGNS[name].presets
            for target in TARGETS if modelled(target)]


@pytest.mark.slow
@pytest.mark.parametrize("request_of", [each for each in REQUESTS if each.elements > HUGE],
                         ids=lambda request: f"{request.name}-{request.target}")
def test_huge_arrays_are_clean_with_models_of_their_primitives(request_of):
    assert lint_folder(request_of) == ""
