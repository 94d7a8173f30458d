"""What a core needs, before any synthesis."""

from attnforge.hdl.vitality.config import Config
from attnforge.hdl.vitality.geometry import Geometry

__all__ = ["resources"]


def resources(config: Config) -> dict[str, int]:
    """Multipliers and buffer bits (both banks of a double buffer), by name; dividers beside them.

    ``multipliers`` are those of SA-General, ``side_multipliers`` those of SA-Diag and of the two scalings.
    """
    g = Geometry(config)
    c = config
    diagonal = c.key_sum
    return {
        "multipliers": c.rows * c.columns,
        "side_multipliers": (c.rows + 1) * diagonal + 1,
        "dividers": c.dividers,
        "key_buffer_bits": 2 * c.rows * g.key_depth * c.elements * c.bits,
        "query_buffer_bits": 2 * c.rows * g.query_depth * c.bits,
        "value_buffer_bits": 2 * c.columns * g.value_depth * c.bits,
        "g_buffer_bits": 2 * c.columns * g.g_depth * c.g_bits,
        "partial_sum_bits": c.columns * g.sum_depth * c.sum_bits + diagonal * g.sum_depth * c.diagonal_bits,
        "result_sum_bits": (2 << g.index_bits) * (c.columns * c.sum_bits + diagonal * c.diagonal_bits),
        "mean_bits": (c.job_slots << g.feature_bits) * (c.key_mean.bits + diagonal * c.key_residue.bits),
        "value_term_bits": c.job_slots * g.term_depth * c.dividers * c.value_term_bits,
        "output_buffer_bits": 2 * c.result_elements * g.result_depth * c.out_bits,
    }
