"""A job as it goes over the link: checked against the core, its tensors in beats."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from hdl.numeric.layout import pack, row_beats

from .link_errors import JobError

__all__ = ["Prepared", "prepare"]


@dataclass(frozen=True)
class Prepared:
    """A job that the core will accept.

    Attributes
    ----------
    job : Job
    registers : dict of str to int
        Job registers by their names.
    operands : bytes
        All operand beats.
    results : int
        Bytes of all result beats.
    """

    job: Any
    registers: dict
    operands: bytes
    results: int


def prepare(design, config, job, operands):
    """Check a job and pack its tensors.

    Raises
    ------
    JobError
        A register out of its range, a tensor of another shape or with values that its format does not hold.
    """
    registers = {}
    for field in design.job_fields(config):
        value = int(getattr(job, field.name))
        if not field.low <= value <= field.high:
            raise JobError(f"{field.name} is {value}; this core takes {field.low} to {field.high}")
        registers[field.name.upper()] = value
    segments = design.operand_segments(config, job)
    missing = [segment.name for segment in segments if segment.name not in operands]
    if missing:
        raise JobError(f"tensor {missing[0]!r} is missing; the job needs {', '.join(each.name for each in segments)}")
    try:
        beats = pack(segments, {name: np.asarray(tensor) for name, tensor in operands.items()}, config.beat_bytes)
    except ValueError as error:
        raise JobError(str(error)) from error
    results = sum(each.shape[0] * row_beats(each, config.beat_bytes) for each in design.result_segments(config, job))
    return Prepared(job, registers, beats.tobytes(), results * config.beat_bytes)
