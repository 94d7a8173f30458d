"""The generated core: the host front end and the accelerator."""

from attnforge.hdl.ant.core import Core
from attnforge.hdl.parts.host.hosted import Hosted

__all__ = ["Ant"]


class Ant(Hosted):
    """Matrix products of adaptive number types on an array of TypeFusion elements (ANT, MICRO 2022, arXiv 2208.14286).

    Operands of a job: parameters, W, A; results: A W. For parameters and ports see `Hosted`.
    """

    design = "ant"
    core = Core
