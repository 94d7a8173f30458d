"""Results kept by what they follow from: one folder per digest of all inputs."""

import hashlib
import json
import os

from attnforge.gen.places import cache_root


def cache_folder():
    """Where results are kept."""
    return cache_root() / "fpga"


def digest(*inputs):
    """Return a short name that changes with any of the inputs (text, numbers, and lists and dicts of them)."""
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:20]


def entry(*inputs, root=None):
    """Return the folder of these inputs in ``root``, or in the cache; made if it is new."""
    folder = (root or cache_folder()) / digest(*inputs)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def partial_name(name):
    """Return the name of a file while this process writes it."""
    return f".{name}.{os.getpid()}"


def write_whole(path, text):
    """Write a file so that nobody ever reads half of it."""
    partial = path.with_name(partial_name(path.name))
    partial.write_text(text)
    os.replace(partial, path)
