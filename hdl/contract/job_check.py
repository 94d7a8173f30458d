"""The one check of jobs: what a user gives is refused in a line before a model or a core makes something else of it."""

import functools
import operator
from types import SimpleNamespace

from attnforge.hdl.numeric import InputError, float_tensors, integer_tensors

__all__ = ["check_job", "check_tensors", "checked_model"]

PRODUCT_DECADES = 60  # the quotient of a bias and two scales stays within float64; float32 has 45


def check_job(job, fields, beyond=()):
    """Check a job's registers against their ranges; returns the job.

    Parameters
    ----------
    job : Job
    fields : sequence of Field
        What `job_fields` gives.
    beyond : sequence of str
        Registers that may be above their range, for jobs that are to be split.

    Raises
    ------
    InputError
    """
    for field in fields:
        value = getattr(job, field.name)
        try:
            whole = operator.index(value)
        except TypeError:
            whole = None
        if whole is None or whole < field.low or (whole > field.high and field.name not in beyond):
            raise InputError(f"{field.name} must be a whole number from {field.low} to {field.high} for this core, "
                             f"not {value!r}")
    return job


def check_tensors(tensors, config, job_fields, operand_segments, *, beyond=(), hide=None, **kind):
    """Check the float tensors of a job that is still to be made; returns them as float64.

    Names and shapes are those of the job's operands, and each size has the range of its register. A design quantises
    the parameters of channels itself: in their place there may be a ``bias``, one per channel.

    Parameters
    ----------
    tensors : mapping of str to array
    config : Config
    job_fields, operand_segments : callable
        Of the design's record.
    beyond : sequence of str
        Registers that may be above their range, for jobs that are to be split.
    hide : (dict of float64 arrays) -> dict of float64 arrays
        Puts zeros where no value is read: see `float_tensors`.
    kind : int
        Registers that decide which operands there are.

    Raises
    ------
    InputError
    """
    fields = job_fields(config)
    sizes = {field.name: (field.low, None if field.name in beyond else field.high) for field in fields}
    # A job whose registers are their own names has segments whose shapes are names.
    named = SimpleNamespace(**{field.name: field.name for field in fields} | kind)
    shapes = {segment.name: segment.shape for segment in operand_segments(config, named)}
    if "parameters" not in shapes:
        return float_tensors(tensors, shapes, sizes, hide=hide)
    shapes["bias"] = shapes.pop("parameters")[:1]
    return float_tensors(tensors, shapes, sizes, ("bias",), PRODUCT_DECADES)


def checked_model(model, operand_segments):
    """A design's model that refuses operands which are not the integers of the job's segments.

    Parameters
    ----------
    model : (config, job, operands) -> dict of arrays
    operand_segments : (config, job) -> tuple of Segment
    """

    @functools.wraps(model)
    def checked(config, job, operands):
        return model(config, job, integer_tensors(operand_segments(config, job), operands))

    return checked
