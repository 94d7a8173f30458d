"""Checks of configs: each refuses in one line that names the field, what would be right, and the value."""

__all__ = ["check_choice", "check_flags", "check_power_of_two", "check_ranges"]


def check_ranges(config, ranges):
    """Whole numbers: ``ranges`` has (name, low, high), both ends allowed.

    Raises
    ------
    ValueError
    """
    for name, low, high in ranges:
        value = getattr(config, name)
        if type(value) is not int or not low <= value <= high:
            raise ValueError(f"{name} is a whole number from {low} to {high}, not {value!r}")


def check_flags(config, *names):
    """True or false.

    Raises
    ------
    ValueError
    """
    for name in names:
        if type(getattr(config, name)) is not bool:
            raise ValueError(f"{name} is true or false, not {getattr(config, name)!r}")


def check_power_of_two(config, name):
    """A whole number, in a range that begins above 0, that is a power of two.

    Raises
    ------
    ValueError
    """
    value = getattr(config, name)
    if value & (value - 1):
        raise ValueError(f"{name} is a power of two, not {value}")


def check_choice(config, name, good, reason):
    """One of some whole numbers; ``reason`` says for what.

    Raises
    ------
    ValueError
    """
    value = getattr(config, name)
    if type(value) is not int or value not in good:
        raise ValueError(f"{name} is one of {', '.join(map(str, good))} for {reason}, not {value!r}")
