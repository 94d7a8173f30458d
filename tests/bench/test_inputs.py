"""Floats and integers from users, for every design: a job that the core takes, or one line that says what is wrong."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

from attnforge.fpga.host.errors import JobError
from attnforge.fpga.host.job import prepare
from attnforge.gen.registry import DESIGNS
from attnforge.hdl.contract.job_check import check_job
from attnforge.hdl.numeric import InputError, pack

KINDS = {
    "vitality": {"k": (5, 4), "v": (5, 3), "q": (5, 4)},
    "dense": {"k": (5, 4), "v": (5, 3), "q": (6, 4)},
    "dense layer": {"w": (4, 3), "x": (6, 4), "bias": (3,)},
    "ant": {"w": (4, 3), "a": (6, 4), "bias": (3,)},
}
CASES = [(kind, name) for kind, shapes in KINDS.items() for name in shapes]


def design_of(kind):
    design = DESIGNS[kind.split()[0]]
    return design, design.presets["tiny"]


def floats(kind, seed=1):
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=shape) for name, shape in KINDS[kind].items()}


def quantised(kind, tensors, **options):
    """What `quantise` gives; a job that the core takes, with operands that go over the link."""
    design, config = design_of(kind)
    job, operands, scales = design.quantise(config, tensors, **options)
    check_job(job, design.job_fields(config))
    prepare(design, config, job, operands)
    return job, operands, scales


def refused(kind, tensors, *words, **options):
    with pytest.raises(InputError) as error:
        quantised(kind, tensors, **options)
    text = str(error.value)
    assert "\n" not in text and "must" in text and all(word in text for word in words), text


def bad_ones(values):
    """Each of these in place of a tensor is wrong, whatever the tensor is."""
    yield values * 1j
    yield values[None]
    yield values[..., None]
    yield np.repeat(values, 200, axis=0)
    yield np.repeat(values, 200, axis=-1)
    yield values[..., :0]
    yield values[:0]
    yield values.astype(str)
    yield values.astype(object)
    yield float(values.flat[0])
    yield None
    for wrong in (np.nan, np.inf, -np.inf):
        changed = values.copy()
        changed.flat[-1] = wrong
        yield changed


@pytest.mark.parametrize("kind, name", CASES)
def test_a_tensor_that_is_not_such_is_refused_by_its_name(kind, name):
    tensors = floats(kind)
    quantised(kind, tensors)
    for bad in bad_ones(tensors[name]):
        try:
            refused(kind, {**tensors, name: bad}, "tensor '")
        except BaseException:
            print(name, getattr(bad, "shape", bad), getattr(bad, "dtype", ""))
            raise


@pytest.mark.parametrize("kind", KINDS)
def test_missing_and_unknown_tensors_are_refused(kind):
    tensors = floats(kind)
    for name in tensors:
        rest = {other: values for other, values in tensors.items() if other != name}
        if name == "bias":
            quantised(kind, rest)
        elif name != "x":  # without x it is a head
            refused(kind, rest, f"tensor {name!r} is missing")
    refused(kind, {**tensors, "mask": np.ones(3)}, "tensor 'mask' is unknown")
    refused(kind, list(tensors.values()), "by name")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(12))
def test_values_of_any_size_make_a_job_or_are_refused(kind, seed):
    """From the smallest to the largest float64, with zeros and equal values among them; nothing warns."""
    rng = np.random.default_rng(seed)
    powers = (-62, 62) if seed % 2 else (-320, 305)
    tensors = {name: values * 10.0 ** rng.integers(*powers) * rng.integers(0, 2, values.shape) ** rng.integers(2)
               for name, values in floats(kind, seed).items()}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            quantised(kind, tensors)
    except ValueError as error:
        assert str(error) and "\n" not in str(error)


@pytest.mark.parametrize("mask", [{"first_key": -1}, {"key_limit": 10**6}, {"causal": 2}, {"causal_offset": -3},
                                  {"first_key": 0.5}])
def test_masks_out_of_range_are_refused(mask):
    (name,) = mask
    refused("dense", floats("dense"), name, **mask)


def test_a_layer_has_no_masks():
    refused("dense layer", floats("dense layer"), "causal", causal=1)


@pytest.mark.parametrize("percents", [(0,), (), (-5, 100), (np.nan,), "75", [[75]], (1e9,), 0])
def test_percentages_that_are_none_are_refused(percents):
    with pytest.raises(ValueError, match="^percents must be one or more numbers above 0 and below 1000, not "):
        quantised("ant", floats("ant"), percents=percents)


@pytest.mark.parametrize("kind", KINDS)
def test_integers_are_never_cut(kind):
    """The model, the packer and the driver refuse the same operands, by name."""
    design, config = design_of(kind)
    job, operands, _ = quantised(kind, floats(kind))
    segments = design.operand_segments(config, job)
    for segment in segments:
        values = np.asarray(operands[segment.name])
        for bad in (values + 0.25, values + 2**40, values * 1j, values[:0], values.astype(str)):
            changed = {**operands, segment.name: bad}
            for use in (lambda given=changed: design.model(config, job, given),
                        lambda given=changed: pack(segments, given, config.beat_bytes)):
                with pytest.raises(InputError, match=f"^tensor '{segment.name}' "):
                    use()
            with pytest.raises(JobError, match=f"^tensor '{segment.name}' "):
                prepare(design, config, job, changed)


@pytest.mark.parametrize("name", DESIGNS)
def test_registers_are_whole_numbers_in_their_range(name):
    design, config = design_of(name)
    job, operands = design.random_job(config, np.random.default_rng(1))
    for field in design.job_fields(config):
        for bad in (field.low - 1, field.high + 1, field.low + 0.5, 2**32 + field.low, None, "1", np.nan):
            with pytest.raises(JobError, match=f"^{field.name} must be a whole number from {field.low} to "):
                prepare(design, config, replace(job, **{field.name: bad}), operands)
