"""Names of shared modules: the class in snake case, and what tells modules of one class apart."""

import re


def stems(modules, top):
    """A readable name for each module's token: the class, and what sets the module apart from others of its class."""
    groups = {}
    for module in modules:
        if module is not top:
            groups.setdefault(_snake_case(module.component_class.__name__), []).append(module)
    stems = {}
    for stem, group in groups.items():
        for module, suffix in zip(group, _suffixes(group), strict=True):
            stems[module.token] = stem + suffix
    return stems


def _suffixes(group):
    if len(group) == 1:
        return [""]
    numbers = [f"_{number}" for number in range(len(group))]
    keys = [module.key for module in group]
    if len({module.component_class for module in group}) > 1 or len({len(key) for key in keys}) > 1:
        return numbers
    differing = [place for place in range(len(keys[0])) if len({key[place] for key in keys}) > 1]
    suffixes = ["_" + "_".join(_readable(key[place]) for place in differing) for key in keys]
    fits = all(re.fullmatch(r"\w{1,20}", suffix, re.ASCII) for suffix in suffixes)
    return suffixes if fits and len(set(suffixes)) == len(group) else numbers


def _readable(part):
    """A short name for one part of a key; the empty string where there is none."""
    if hasattr(part, "bits") and hasattr(part, "signed"):
        return f"{'s' if part.signed else 'u'}{part.bits}"
    if hasattr(part, "width") and hasattr(part, "signed"):
        return f"{'s' if part.signed else 'u'}{part.width}"
    if isinstance(part, bool):
        return "yes" if part else "no"
    if hasattr(part, "name"):
        return part.name.lower()
    if isinstance(part, int):
        return f"m{-part}" if part < 0 else str(part)
    return part if isinstance(part, str) else "?"


def _snake_case(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
