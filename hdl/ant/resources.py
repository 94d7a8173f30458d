"""What a core needs, before any synthesis."""

from math import ceil

from attnforge.hdl.ant.config import Config
from attnforge.hdl.ant.geometry import Geometry

__all__ = ["resources"]


def resources(config: Config) -> dict[str, int]:
    """Multipliers and buffer bits (all banks), by name.

    ``multipliers`` are the DSP blocks of the array, two products in each; ``side_multipliers`` scale the results.
    """
    g = Geometry(config)
    c = config
    return {
        "processing_elements": c.rows * c.columns,
        "multipliers": c.rows * ceil(c.columns / 2) * c.dsp,
        "side_multipliers": c.lanes,
        "activation_buffer_bits": 2 * c.rows * g.row_words * 8 * c.beat_bytes,
        "weight_buffer_bits": 2 * c.columns * g.weight_depth * 4,
        "sum_buffer_bits": c.sum_banks * c.columns * g.sum_depth * c.sum_bits,
        "parameter_bits": g.parameter_banks * c.lanes * g.channel_groups * c.channel_scale.layout.size,
    }
