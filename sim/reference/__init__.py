"""The papers' algorithms in float64 NumPy, written from the papers alone: a yardstick that shares no code with hdl."""

from .adaptive import AdaptiveChoice, exhaustive_choice
from .distance import Distance, distance
from .softmax import SoftmaxAttention, attention_mask, softmax_attention
from .taylor import TaylorAttention, taylor_attention

__all__ = [
    "AdaptiveChoice",
    "Distance",
    "SoftmaxAttention",
    "TaylorAttention",
    "attention_mask",
    "distance",
    "exhaustive_choice",
    "softmax_attention",
    "taylor_attention",
]
