"""The generated core: the host front end and the accelerator."""

from attnforge.hdl.dense.core import Core
from attnforge.hdl.parts.host.hosted import Hosted

__all__ = ["Dense"]


class Dense(Hosted):
    """Exact softmax attention of one head per job, or one linear layer; jobs back to back.

    Operands of a job: K, V, Q or parameters, W, X; results: Z or Y. For parameters and ports see `Hosted`.
    """

    design = "dense"
    core = Core
