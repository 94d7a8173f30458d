"""ViTALiTy (HPCA 2023, arXiv 2211.05109): linear Taylor attention."""

from attnforge.hdl.contract.design import Design
from attnforge.hdl.contract.job_check import checked_model
from attnforge.hdl.contract.registers import config_words
from attnforge.hdl.vitality.bound import bound
from attnforge.hdl.vitality.config import PRESETS, Config
from attnforge.hdl.vitality.job import (
    Job,
    counters,
    head_jobs,
    job_fields,
    operand_segments,
    quantise_head,
    random_job,
    result_segments,
)
from attnforge.hdl.vitality.model import model
from attnforge.hdl.vitality.perf import perf
from attnforge.hdl.vitality.resources import resources
from attnforge.hdl.vitality.top import Vitality

__all__ = ["DESIGN", "PRESETS", "Config", "Job", "Vitality", "model", "perf"]

model = checked_model(model, operand_segments)

DESIGN = Design(
    name="vitality",
    title="linear Taylor attention on a systolic array with a diagonal column",
    paper="ViTALiTy, HPCA 2023, arXiv 2211.05109",
    Config=Config,
    Job=Job,
    presets=PRESETS,
    top=Vitality,
    module_name=lambda config: f"vitality_{config.rows}x{config.columns}",
    model=model,
    perf=perf,
    job_fields=job_fields,
    config_words=config_words,
    operand_segments=operand_segments,
    result_segments=result_segments,
    counters=counters,
    resources=resources,
    random_job=random_job,
    quantise=quantise_head,
    head_jobs=head_jobs,
    bound=bound,
)
