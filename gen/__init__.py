"""The generator: from a design's name and size to Verilog. `generate` is the command line's equal in Python."""

__all__ = ["VERSION", "UsageError", "generate"]


def __getattr__(name):  # so that `python -m gen doctor` works where nothing is installed
    if name == "UsageError":
        from attnforge.gen.errors import UsageError as found
    elif name == "VERSION":
        from attnforge.gen.version import VERSION as found
    else:
        raise AttributeError(f"module 'attnforge.gen' has no attribute {name!r}")
    return found


def generate(design=None, *, out=None, **request):
    """Generate a core into a folder.

    Parameters
    ----------
    design : str
        Name of a design.
    out : path
        Folder; ``build/<module name>`` by default.
    **request
        As for `attnforge.gen.request.resolve`: preset, config_file, pe, tokens, head_dim, value_dim, bits,
        settings, target, name.

    Returns
    -------
    Core, the folder, and the names of the files.

    Raises
    ------
    UsageError
        One line with the offending value and what would be right.

    Examples
    --------
    >>> core, folder, files = generate("vitality", pe="8x8", tokens=64, settings={"g_bits": 14}, target="ecp5")
    """
    from attnforge.gen.emission.emit import write  # the hardware language loads only when it is needed
    from attnforge.gen.request import resolve

    return write(resolve(design, **request), out)
