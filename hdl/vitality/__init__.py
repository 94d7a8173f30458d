"""ViTALiTy (HPCA 2023, arXiv 2211.05109): linear Taylor attention."""

from hdl.parts.design import Design

from .config import PRESETS, Config
from .job import Job, counters, job_fields, operand_segments, quantise_head, random_job, result_segments
from .model import model
from .top import Vitality, config_words

__all__ = ["DESIGN", "PRESETS", "Config", "Job", "Vitality", "model"]
