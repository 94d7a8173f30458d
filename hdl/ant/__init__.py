"""ANT (MICRO 2022, arXiv 2208.14286): matrix products of adaptive number types."""

from attnforge.hdl.ant.config import PRESETS, Config
from attnforge.hdl.ant.job import Job, counters, job_fields, kept_rows, operand_segments, random_job, result_segments
from attnforge.hdl.ant.lowering import gemm_jobs
from attnforge.hdl.ant.model import model
from attnforge.hdl.ant.perf import perf
from attnforge.hdl.ant.quantise import quantise_gemm
from attnforge.hdl.ant.resources import resources
from attnforge.hdl.ant.top import Ant
from attnforge.hdl.contract.design import Design
from attnforge.hdl.contract.job_check import checked_model
from attnforge.hdl.contract.registers import config_words

__all__ = ["DESIGN", "PRESETS", "Ant", "Config", "Job", "model", "perf"]

model = checked_model(model, operand_segments)

DESIGN = Design(
    name="ant",
    title="matrix products of adaptive number types on an array of TypeFusion elements",
    paper="ANT, MICRO 2022, arXiv 2208.14286",
    Config=Config,
    Job=Job,
    presets=PRESETS,
    top=Ant,
    module_name=lambda config: f"ant_{config.rows}x{config.columns}",
    model=model,
    perf=perf,
    job_fields=job_fields,
    config_words=config_words,
    operand_segments=operand_segments,
    result_segments=result_segments,
    counters=counters,
    resources=resources,
    random_job=random_job,
    quantise=quantise_gemm,
    kept_rows=kept_rows,
    gemm_jobs=gemm_jobs,
)
