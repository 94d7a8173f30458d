"""The demonstration's picture: one head's output as colours, the distances of all heads, and where the cycles go."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import MaxNLocator

from attnforge.sim.data import CHINA_PHOTO
from attnforge.sim.reference import distance

GRID = 16  # patches per side
PHOTO_ASPECT = 427 / 640  # of the photograph before it was squeezed to a square
INK, MUTED = "#1f2933", "#6b7785"
BLUE, ORANGE, GREEN, GREY = "#2f6db5", "#d9772b", "#3a9a5b", "#c4ccd4"
FOOTNOTE = (
    "This network was trained with softmax attention, not with Taylor attention: the second picture against the third "
    "is what the algorithm does without its\ntraining. The core answers for the third against the fourth: float64 "
    "against 8-bit operands and results. Colours: the softmax output's three main\ndirections over the patches as "
    "red, green and blue, stretched to the range of each algorithm."
)


def feature_axes(output):
    """Return the three directions in which an output varies most over its patches: red, green and blue of all pictures.

    Parameters
    ----------
    output : array, tokens x value_dim
        Token 0, the class token, is left out here and below.
    """
    patches = output[1:]
    return np.linalg.svd(patches - patches.mean(axis=0), full_matrices=False)[2][:3].T


def feature_colours(output, axes, stretch):
    """Show an output's features along three axes as the colours of its patches, 16 x 16 x 3.

    Parameters
    ----------
    output, stretch : arrays, tokens x value_dim
        What is shown, and whose range of features becomes the range of colours.
    axes : array, value_dim x 3
    """
    low, high = np.percentile(stretch[1:] @ axes, (2, 98), axis=0)
    return np.clip((output[1:] @ axes - low) / (high - low), 0, 1).reshape(GRID, GRID, 3)


def draw(path, *, heads, results, shown, cycles, title, checked):
    """Draw the picture.

    Parameters
    ----------
    path : Path
        PNG to write.
    heads : sequence of DemoHead
    results : sequence of integer arrays
        What the hardware gave, per head.
    shown : int
        Index of the head whose output is drawn.
    cycles : Cycles
        Of one head.
    title : str
    checked : str
        The comparison with the model, in words.
    """
    plt.rcParams.update({"font.family": "DejaVu Sans", "font.size": 11, "text.color": INK, "axes.labelcolor": INK,
                         "xtick.color": INK, "ytick.color": INK, "axes.edgecolor": MUTED})  # fmt: skip
    figure = plt.figure(figsize=(13.2, 7.7), dpi=110, facecolor="white")
    figure.text(0.035, 0.955, title, fontsize=17, fontweight="bold", va="center")
    figure.text(0.035, 0.912, checked, fontsize=12, color=MUTED, va="center")
    _draw_outputs(figure, heads[shown], results[shown])
    _draw_distances(figure.add_axes((0.075, 0.165, 0.40, 0.265)), heads, results, shown)
    _draw_cycles(figure.add_axes((0.615, 0.165, 0.35, 0.265)), cycles)
    figure.text(0.035, 0.045, FOOTNOTE, fontsize=10, color=MUTED, va="center", linespacing=1.4)
    figure.savefig(path)
    plt.close(figure)


def _draw_outputs(figure, head, results):
    hardware = head.value(results)
    directions = feature_axes(head.softmax)
    to_taylor, algorithm = head.to_taylor(results), distance(head.taylor, head.softmax)
    photo = plt.imread(CHINA_PHOTO)
    panels = (
        (photo, "Photograph", "16 x 16 patches, one token each\n(by danielbuechele, CC BY 2.0)"),
        (
            feature_colours(head.softmax, directions, head.softmax),
            "Softmax attention, float64",
            f"output of layer {head.tensors.layer}, head {head.tensors.head}",
        ),
        (
            feature_colours(head.taylor, directions, head.taylor),
            "Taylor attention, float64",
            f"cosine with softmax {algorithm.cosine:.2f}",
        ),
        (
            feature_colours(hardware, directions, head.taylor),
            "Taylor attention, this core",
            f"cosine with float64 {to_taylor.cosine:.5f}",
        ),
    )
    for place, (image, heading, caption) in enumerate(panels):
        axes = figure.add_axes((0.035 + place * 0.2365, 0.50, 0.22, 0.335))
        axes.imshow(image, extent=(0, 1, 0, PHOTO_ASPECT), interpolation="nearest")
        axes.set_aspect("equal")
        axes.set_anchor("N")
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_title(heading, fontsize=12, fontweight="bold", loc="left")
        axes.set_xlabel(caption, fontsize=10.5, color=MUTED, loc="left", labelpad=7)


def _draw_distances(axes, heads, results, shown):
    to_taylor = [head.to_taylor(result).cosine for head, result in zip(heads, results, strict=True)]
    to_softmax = [head.to_softmax(result).cosine for head, result in zip(heads, results, strict=True)]
    places = np.arange(len(heads)) + np.array([layer_index(heads, head) for head in heads]) * 0.8
    axes.plot(places, to_taylor, "o", color=GREEN, markersize=8, label="this core and float64 Taylor attention")
    axes.plot(places, to_softmax, "s", color=ORANGE, markersize=7, label="this core and float64 softmax attention")
    axes.plot(
        places[shown], to_softmax[shown], "s", color="none", markeredgecolor=INK, markersize=12, label="shown above"
    )
    axes.set_ylim(min(0, *to_softmax), 1.08)
    axes.set_xticks(places, [str(head.tensors.head) for head in heads], fontsize=10)
    for layer in dict.fromkeys(head.tensors.layer for head in heads):
        middle = np.mean([place for place, head in zip(places, heads, strict=True) if head.tensors.layer == layer])
        where = axes.get_xaxis_transform()
        axes.text(middle, -0.21, f"layer {layer}, heads", transform=where, ha="center", fontsize=10.5)
    axes.set_title("Cosine between outputs, every head", fontsize=12, fontweight="bold", loc="left", pad=9)
    axes.grid(axis="y", color=GREY, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="lower center", fontsize=10, frameon=True, framealpha=0.95, edgecolor="none", ncols=1)


def layer_index(heads, head):
    """How many layers come before this head's."""
    return list(dict.fromkeys(each.tensors.layer for each in heads)).index(head.tensors.layer)


def _draw_cycles(axes, cycles):
    interval = cycles.interval
    left = 0.0
    for width, colour, what in (
        (cycles.useful, BLUE, "useful products"),
        (cycles.padding, ORANGE, "padding"),
        (cycles.rest, INK, "fill and switch"),
    ):
        axes.barh(1, width, left=left, color=colour, height=0.42, label=f"{what} {width / interval:.1%}")
        left += width
    axes.barh(0, cycles.softmax, color=GREY, height=0.42)
    axes.text(interval * 1.03, 1, f"{interval:,.0f}", fontsize=11, va="center", fontweight="bold")
    right = {"fontsize": 11, "va": "center", "ha": "right", "fontweight": "bold"}
    axes.text(cycles.softmax * 0.98, 0, f"{cycles.softmax:,.0f}", **right)
    axes.legend(loc="upper right", fontsize=10, frameon=False, borderaxespad=0, handlelength=1.1)
    bars = ["Taylor attention,\nthis core", "softmax attention,\nproducts alone,\nsame multipliers"]
    axes.set_yticks([1, 0], bars, fontsize=10.5)
    axes.set_ylim(-0.4, 1.6)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.set_xlim(0, max(cycles.softmax, interval) * 1.02)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.set_xlabel("cycles per head", fontsize=10.5)
    axes.set_title("Where the cycles of one head go", fontsize=12, fontweight="bold", loc="left", pad=9)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(left=False)
