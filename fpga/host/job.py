"""A job as it goes over the link: checked against the core, its tensors in beats."""

from dataclasses import dataclass
from typing import Any

from attnforge.fpga.host.errors import JobError
from attnforge.hdl.contract.job_check import check_job
from attnforge.hdl.numeric import InputError, pack, row_beats

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
        A register out of its range, a tensor that is missing, unknown, of another shape, or holds what its format does
        not.
    """
    fields, segments = design.job_fields(config), design.operand_segments
    try:
        check_job(job, fields)
        beats = pack(segments(config, job), operands, config.beat_bytes)
    except InputError as error:
        raise JobError(str(error)) from error
    registers = {field.name.upper(): int(getattr(job, field.name)) for field in fields}
    results = sum(each.shape[0] * row_beats(each, config.beat_bytes) for each in design.result_segments(config, job))
    return Prepared(job, registers, beats.tobytes(), results * config.beat_bytes)
