"""The picture of ``python -m gen types``: what each type would give each tensor, and which was chosen."""

import io

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np

COLOURS = {"int": "#2f6db5", "flint": "#d9772b", "pot": "#3a9a5b", "float": "#8a5aa8"}
MARKERS = {"int": "s", "flint": "o", "pot": "^", "float": "v"}
INK = "#1f2933"
MOST_NAMES = 60


def draw(choices, title, suffix) -> bytes:
    """A point per tensor and type, and a ring at what was chosen, which is above all points if each channel chose.

    Parameters
    ----------
    choices : list of attnforge.gen.choose.Choice
    title : str
    suffix : str
        .png, .svg or .pdf.
    """
    width = min(16, max(7, 2.5 + 0.2 * len(choices)))
    figure, axes = plt.subplots(figsize=(width, 6), layout="constrained")
    places = np.arange(len(choices))
    chosen = [choice.selection.sqnr for choice in choices]
    axes.scatter(places, chosen, s=150, facecolor="none", edgecolor=INK, linewidth=1, label="chosen", zorder=4)
    for kind, colour in COLOURS.items():
        points = [(place, choice.selection.sqnr_by_kind[kind]) for place, choice in zip(places, choices, strict=True)
                  if kind in choice.selection.sqnr_by_kind]
        if points:
            axes.scatter(*zip(*points, strict=True), s=26, color=colour, marker=MARKERS[kind], label=kind, zorder=3)
    if len(choices) <= MOST_NAMES:
        names = [choice.tensor.name if len(choice.tensor.name) < 40 else f"...{choice.tensor.name[-37:]}"
                 for choice in choices]
        axes.set_xticks(places, names, rotation=90, fontsize=7)
    else:
        axes.set_xlabel("tensor, in the order of the file")
    axes.set_ylabel("signal to quantisation noise, dB")
    axes.set_title(title, loc="left", fontsize=11, fontweight="bold", color=INK)
    axes.grid(axis="y", color="#e3e8ed")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(ncols=5, frameon=False, fontsize=9, loc="lower right", bbox_to_anchor=(1, 0.99), handletextpad=0.1)
    stream = io.BytesIO()
    figure.savefig(stream, format=suffix[1:], dpi=130)
    plt.close(figure)
    return stream.getvalue()
