"""What a core needs, before any synthesis."""

from attnforge.hdl.dense.config import Config
from attnforge.hdl.dense.geometry import RESULT_BANKS, Geometry
from attnforge.hdl.dense.sum_control import SCORE_BANKS

__all__ = ["resources"]


def resources(config: Config) -> dict[str, int]:
    """Multipliers and buffer bits (all banks), by name; dividers beside them.

    ``side_multipliers`` scale the scores, one under each column, and the results; one counts products.
    """
    g = Geometry(config)
    c = config
    return {
        "processing_elements": c.rows * c.columns,
        "multipliers": c.rows * c.columns,
        "side_multipliers": c.columns + c.lanes + 1,
        "dividers": 1,
        "key_buffer_bits": 2 * c.columns * g.key_depth * c.elements * c.bits,
        "value_buffer_bits": 2 * c.columns * g.value_depth * c.bits,
        "query_buffer_bits": 2 * c.rows * g.query_depth * c.bits,
        "score_buffer_bits": SCORE_BANKS * c.rows * g.score_depth * c.score_bits,
        "partial_sum_bits": c.columns * c.most_rows * c.sum_bits,
        "result_sum_bits": RESULT_BANKS * c.columns * g.result_depth * c.sum_bits,
        "parameter_bits": g.parameter_banks * c.lanes * g.channel_groups * c.channel_scale.layout.size,
    }
