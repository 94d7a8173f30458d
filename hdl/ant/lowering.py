"""What the host does so that layers become jobs: convolutions become products, large products become several."""

from dataclasses import replace

import numpy as np

from attnforge.hdl.ant.config import CODE_BITS, Config
from attnforge.hdl.ant.job import Job

__all__ = ["gemm_jobs", "im2col", "join", "split", "weight_matrix"]


def im2col(images, kernel, *, stride=1, padding=0):
    """The rows that a convolution multiplies with its weights, one per output pixel: (B OH OW, IC KH KW).

    Parameters
    ----------
    images : array (B, IC, H, W)
        Floats, or codes; the padding is 0, whose code is 0 in all types.
    kernel : (int, int)
        KH, KW.
    stride, padding : int
        The same in both directions.

    Raises
    ------
    ValueError
        A kernel that is larger than the padded image.
    """
    images = np.pad(images, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    if any(side < size for side, size in zip(images.shape[2:], kernel, strict=True)):
        raise ValueError(f"a kernel of {kernel} is larger than the padded image of {images.shape[2:]}")
    windows = np.lib.stride_tricks.sliding_window_view(images, kernel, axis=(2, 3))[:, :, ::stride, ::stride]
    batch, channels, height, width = windows.shape[:4]
    return windows.transpose(0, 2, 3, 1, 4, 5).reshape(batch * height * width, channels * kernel[0] * kernel[1])


def weight_matrix(weights):
    """Weights (OC, IC, KH, KW) of a convolution as W, (IC KH KW, OC)."""
    return np.asarray(weights).reshape(len(weights), -1).T


def split(config: Config, job: Job, operands) -> list[tuple[Job, dict]]:
    """Jobs that the core takes, in the order of their columns; their results side by side are those of ``job``.

    Raises
    ------
    ValueError
        M or K are larger than the core takes.
    """
    for name in "mk":
        if getattr(job, name) > getattr(config, f"max_{name}"):
            raise ValueError(f"{name} is at most {getattr(config, f'max_{name}')}, not {getattr(job, name)}")
    jobs = []
    for columns in _column_groups(config, job.n):
        part = {"a": operands["a"], "w": operands["w"][:, columns], "parameters": operands["parameters"][columns]}
        jobs.append((replace(job, n=columns.stop - columns.start), part))
    return jobs


def join(results) -> dict[str, np.ndarray]:
    """Results of the jobs of `split` as those of the whole."""
    return {"c": np.concatenate([result["c"] for result in results], axis=1)}


def gemm_jobs(config: Config, m, k, n) -> dict[str, list[Job]]:
    """The jobs of a product in codes of 4 bits and in integers of 8, results as wide as the operands.

    What a code's type is costs no cycles.
    """
    widths = (CODE_BITS, 8) if config.eight_bits else (CODE_BITS,)
    found = {}
    for bits in widths:
        types = [[form.bits for form in forms].index(bits) for forms in
                 (config.activations, config.weights, config.results)]  # fmt: skip
        found[f"{bits} bits"] = [
            Job(m, k, columns.stop - columns.start, *types) for columns in _column_groups(config, n)
        ]
    return found


def _column_groups(config, n):
    """N columns as slices that the core takes."""
    return [slice(start, min(start + config.max_n, n)) for start in range(0, n, config.max_n)]
