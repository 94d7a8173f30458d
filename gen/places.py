"""Where what was built is kept."""

import os
from pathlib import Path

PROJECT = Path(__file__).parents[1]


def cache_root() -> Path:
    """``$ATTNFORGE_CACHE``; else ``build/cache`` of a checkout, or of an installed package the user's cache folder."""
    chosen = os.environ.get("ATTNFORGE_CACHE")
    if chosen:
        return Path(chosen).resolve()
    if (PROJECT / "pyproject.toml").exists():
        return PROJECT / "build" / "cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "attnforge"
