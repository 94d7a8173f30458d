"""Attention in float64 NumPy, written from the papers alone: the yardstick that shares no code with ``hdl``."""

from .distance import Distance, distance
from .softmax import SoftmaxAttention, softmax_attention
from .taylor import TaylorAttention, taylor_attention

__all__ = ["Distance", "SoftmaxAttention", "TaylorAttention", "distance", "softmax_attention", "taylor_attention"]
