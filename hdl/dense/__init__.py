"""Exact softmax attention and linear layers on one dense array."""

from attnforge.hdl.contract.design import Design
from attnforge.hdl.contract.job_check import checked_model
from attnforge.hdl.contract.registers import config_words
from attnforge.hdl.dense.bound import bound
from attnforge.hdl.dense.config import PRESETS, Config
from attnforge.hdl.dense.job import Job, counters, job_fields, kept_rows, operand_segments, random_job, result_segments
from attnforge.hdl.dense.lowering import gemm_jobs, head_jobs
from attnforge.hdl.dense.model import counts, model
from attnforge.hdl.dense.perf import perf
from attnforge.hdl.dense.quantise import quantise_job
from attnforge.hdl.dense.resources import resources
from attnforge.hdl.dense.top import Dense

__all__ = ["DESIGN", "PRESETS", "Config", "Dense", "Job", "model", "perf"]

model = checked_model(model, operand_segments)

DESIGN = Design(
    name="dense",
    title="exact softmax attention and linear layers on a weight-stationary array",
    paper="Attention Is All You Need, NeurIPS 2017, arXiv 1706.03762",
    Config=Config,
    Job=Job,
    presets=PRESETS,
    top=Dense,
    module_name=lambda config: f"dense_{config.rows}x{config.columns}",
    model=model,
    perf=perf,
    job_fields=job_fields,
    config_words=config_words,
    operand_segments=operand_segments,
    result_segments=result_segments,
    counters=counters,
    resources=resources,
    random_job=random_job,
    quantise=quantise_job,
    counts=counts,
    kept_rows=kept_rows,
    head_jobs=head_jobs,
    gemm_jobs=gemm_jobs,
    bound=bound,
)
