"""Errors that a user can mend, told in one line."""


class UsageError(ValueError):
    """A request that can't be met; the message names the offending value and what would be right."""
