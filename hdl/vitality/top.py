"""The generated core: the host front end and the accelerator."""

from attnforge.hdl.parts.host.hosted import Hosted
from attnforge.hdl.vitality.core import Core

__all__ = ["Vitality"]


class Vitality(Hosted):
    """Linear Taylor attention of one head per job, heads back to back (ViTALiTy, HPCA 2023, arXiv 2211.05109).

    Operands of a job: K, V, Q; results: Z. For parameters and ports see `Hosted`.
    """

    design = "vitality"
    core = Core
