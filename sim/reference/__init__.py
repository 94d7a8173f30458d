"""The papers' algorithms in float64 NumPy, written from the papers alone: a yardstick that shares no code with hdl."""

from attnforge.sim.reference.adaptive import AdaptiveChoice, exhaustive_choice
from attnforge.sim.reference.distance import Distance, distance
from attnforge.sim.reference.softmax import SoftmaxAttention, attention_mask, softmax_attention
from attnforge.sim.reference.taylor import TaylorAttention, taylor_attention

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
