"""``python -m sim demo``: real tensors through the RTL of a design, checked and shown."""

import sys
from pathlib import Path

import click
from rich.console import Console

from attnforge.gen.choose import read_clip
from attnforge.gen.errors import UsageError
from attnforge.gen.fields import read_settings
from attnforge.gen.registry import find_design, nearest
from attnforge.gen.request import resolve

PICTURE = Path("build/demo/demo.png")
WIDTH = 120  # of what is printed to a file


def _attention(request, console, head, picture):
    from attnforge.sim.demo.vitality import demonstrate

    return demonstrate(request, console, shown=head, picture=Path(picture or PICTURE))


def _gemm(request, console, clip):
    from attnforge.sim.demo.ant import demonstrate

    return demonstrate(request, console, percents=read_clip(clip))


def _softmax(request, console):
    from attnforge.sim.demo.dense import demonstrate

    return demonstrate(request, console)


# Per design: what runs, the preset of the core if none is named, and the options that it takes.
DEMOS = {
    "vitality": (_attention, None, ("head", "picture")),
    "ant": (_gemm, "ulx3s_85f", ("clip",)),
    "dense": (_softmax, None, ()),
}


@click.command("demo")
@click.option("--design", default="vitality", show_default=True, metavar="NAME", help=f"{', '.join(DEMOS)}.")
@click.option("--preset", metavar="NAME", help="A named size; one that holds the tensors by default.")
@click.option("--pe", metavar="RxC", help="Rows and columns of the array, such as 16x16.")
@click.option("--set", "settings", metavar="KEY=VALUE", multiple=True, help="Any config field; repeatable.")
@click.option("--head", metavar="LAYER.HEAD", help="vitality: head to draw; the median one by default.")
@click.option("--picture", metavar="FILE.png", help=f"vitality: where to draw it; {PICTURE} by default.")
@click.option("--clip", metavar="LOW-HIGH", help="ant: where the largest value may lie, in percent of the peak; 75-149 "
              "by default, 95-149 above 6 bits.")
def demo_command(design, preset, pe, settings, **options):
    """Run real tensors of a DINOv2 ViT-S/14 through the RTL, check every result, and compare with float.

    vitality runs 18 attention heads, and draws a picture. ant runs two layers in int4, in its own types and in int8.
    dense runs the 18 heads beside softmax attention in float64.
    """
    find_design(design, f"--design {design}")
    if design not in DEMOS:
        raise UsageError(f"--design {design}: it has no demonstration; {nearest(design, list(DEMOS))}")
    demonstrate, size, takes = DEMOS[design]
    for name, value in options.items():
        if value is not None and name not in takes:
            raise UsageError(f"--{name} {value}: the demonstration of {design} has no such option")
    request = resolve(design, preset=preset or size, pe=pe, settings=read_settings(settings))
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    sys.exit(not demonstrate(request, console, **{name: options[name] for name in takes}))
