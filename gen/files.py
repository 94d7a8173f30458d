"""Single files that appear whole or not at all."""

import os
from pathlib import Path

from attnforge.gen.errors import UsageError


def check_writable(option, path: Path | None) -> None:
    """Refuse a path, given by an option, that can't be written; before anything is computed.

    Raises
    ------
    UsageError
    """
    if path is None:
        return
    if path.is_dir():
        raise UsageError(f"{option} {path}: is a folder; name a file")
    if not (path.absolute().parent.is_dir() and os.access(path.absolute().parent, os.W_OK)):
        raise UsageError(f"{option} {path}: can't write there")


def write_files(files: dict[Path, bytes]) -> None:
    """Write files, each beside its place first, and move them there when all are written.

    Raises
    ------
    UsageError
        The disk refuses one; then none is written.
    """
    parts = {path: path.with_name(f".{path.name}.{os.getpid()}.part") for path in files}
    try:
        for path, content in files.items():
            parts[path].write_bytes(content)
        for path, part in parts.items():
            part.replace(path)
    except OSError as error:
        raise UsageError(f"{error.filename}: can't write there: {error.strerror}") from None
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
