"""An output folder whose files appear whole or not at all."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

from attnforge.gen.errors import UsageError


class OutputFolder:
    """Context manager: collects files beside the folder, and moves them in at the end.

    A folder that is new appears in one step. In one that is there already each file is replaced in one step, other
    files stay, and a file whose contents are the same already is left alone, so that what was built of it stays valid.
    When the block raises, nothing remains, not even parent folders made for it.

    Parameters
    ----------
    path : path

    Raises
    ------
    UsageError
        If the folder can't be written; before anything is computed.
    """

    def __init__(self, path):
        self.path = Path(path)
        self._made = []

    def __enter__(self):
        try:
            if self.path.exists() and not self.path.is_dir():
                raise UsageError(f"--out {self.path}: is a file; name a folder")
            parent = self.path.absolute().parent
            for folder in reversed([parent, *parent.parents]):
                if not folder.exists():
                    folder.mkdir()
                    self._made.append(folder)
            place = self.path if self.path.is_dir() else parent
            self._temporary = Path(tempfile.mkdtemp(prefix=f".{self.path.name}-", dir=place))
        except OSError as error:
            self._remove_parents()
            reason = f"can't write there ({error.strerror})"
            raise UsageError(f"--out {self.path}: {reason}; name a folder that you may write") from error
        return self

    def write(self, name, text):
        """Add a file."""
        (self._temporary / name).write_text(text, encoding="utf-8", newline="\n")

    def __exit__(self, kind, error, trace):
        if kind is None:
            self._move_in()
        shutil.rmtree(self._temporary, ignore_errors=True)
        if kind is not None:
            self._remove_parents()

    def _move_in(self):
        if not self.path.exists():
            self._temporary.chmod(0o777 & ~_umask())
            os.replace(self._temporary, self.path)
            return
        for file in sorted(self._temporary.iterdir()):
            target = self.path / file.name
            if not target.is_file() or target.read_bytes() != file.read_bytes():
                os.replace(file, target)

    def _remove_parents(self):
        for folder in reversed(self._made):
            with contextlib.suppress(OSError):
                folder.rmdir()


def _umask():
    umask = os.umask(0)
    os.umask(umask)
    return umask
