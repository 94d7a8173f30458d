"""Types and scales for the tensors of a file: what ``python -m gen types`` does."""

import io
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from attnforge.gen.choose_table import choice_table
from attnforge.gen.errors import UsageError
from attnforge.gen.files import check_writable, write_files
from attnforge.gen.tensors import Tensor, read_tensors
from attnforge.hdl.numeric import Selection, enabled_formats, select

PICTURES = (".png", ".svg", ".pdf")


@dataclass(frozen=True)
class Choice:
    """A tensor, and what suits it best."""

    tensor: Tensor
    selection: Selection


def choose(file, *, bits=4, kinds=("int", "flint", "pot", "float"), only="*", axis="last", per_channel=False,
           percents=None, console=None) -> list[Choice]:
    """Select types and scales for the tensors of a file.

    A tensor without a negative value gets unsigned types.

    Parameters
    ----------
    file : path
        See `attnforge.gen.tensors.read_tensors`.
    bits : int
    kinds : sequence of str
        Enabled types.
    only : str
        Pattern of the names, with ``*`` and ``?``.
    axis : str
        See `attnforge.gen.tensors.read_tensors`.
    per_channel : bool
        A type for each output channel.
    percents : sequence of int
        See `attnforge.hdl.numeric.select`.
    console : rich.console.Console
        For a progress bar.

    Raises
    ------
    UsageError
    """
    try:
        enabled_formats(kinds, bits, True)
    except ValueError as error:
        raise UsageError(f"--types {','.join(kinds)} --bits {bits}: {error}") from None
    tensors = [tensor for tensor in read_tensors(file, axis) if fnmatchcase(tensor.name, only)]
    if not tensors:
        raise UsageError(f"--only {only}: no tensor of {file} has such a name")
    choices = []
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True, disable=not (console and console.is_terminal)) as bar:
        task = bar.add_task("Choosing types", total=len(tensors))
        for tensor in tensors:
            try:
                signed = tensor.values.dtype.kind in "fi" and bool((tensor.values < 0).any())
                forms = enabled_formats(kinds, bits, signed)
                each = per_channel and tensor.axis is not None
                choice = select(tensor.values, forms, axis=tensor.axis, per_channel=each, percents=percents)
            except ValueError as error:
                raise UsageError(f"{file}: {tensor.name}: {error}") from None
            choices.append(Choice(tensor, choice))
            bar.advance(task)
    return choices


def print_types(console, progress, file, kinds, *, bits, clip, out, plot, **options) -> None:
    """Choose types as the command line asks for it, print the table, and write the files."""
    if not bits.isdigit():
        raise UsageError(f"--bits {bits}: give a whole number from 3 to 8")
    out, plot = (Path(path) if path else None for path in (out, plot))
    if out and out.suffix != ".npz":
        raise UsageError(f"--out {out}: name a file that ends in .npz")
    if plot and plot.suffix not in PICTURES:
        raise UsageError(f"--plot {plot}: name a file that ends in {', '.join(PICTURES)}")
    check_writable("--out", out)
    check_writable("--plot", plot)
    choices = choose(file, bits=int(bits), kinds=kinds, percents=read_clip(clip), console=progress, **options)
    files = {out: archive(choices)} if out else {}
    if plot:
        from attnforge.gen.choose_figure import draw  # matplotlib takes its time to load

        files[plot] = draw(choices, f"{Path(file).name}: {bits}-bit types", plot.suffix)
    write_files(files)
    console.print(choice_table(choices))
    for path in files:
        console.print(f"wrote {path}", highlight=False, markup=False)


def archive(choices) -> bytes:
    """An .npz of all tensors: ``name/codes``, ``name/tags``, ``name/scales``, ``name/types`` (names, by tag).

    Where there are channels, ``name/axis`` says which axis they are.
    """
    arrays = {}
    for choice in choices:
        name, selection = choice.tensor.name, choice.selection
        arrays[f"{name}/codes"] = selection.codes
        arrays[f"{name}/tags"] = selection.tags
        arrays[f"{name}/scales"] = selection.scales
        if selection.axis is not None:
            arrays[f"{name}/axis"] = np.array(selection.axis)
        arrays[f"{name}/types"] = np.array([form.name for form in selection.forms])
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def read_clip(text) -> range | None:
    """The percentages of ``--clip``, such as 75-149; None where there is no such option."""
    if text is None:
        return None
    low, dash, high = text.partition("-")
    if not (dash and low.isdigit() and high.isdigit() and 0 < int(low) <= int(high) <= 1000):
        raise UsageError(f"--clip {text}: give two percentages, such as 75-149")
    return range(int(low), int(high) + 1)
