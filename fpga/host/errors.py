"""What can go wrong between a host and a core, each in one line."""

from attnforge.hdl.numeric import InputError

__all__ = ["CoreError", "JobError", "LinkError", "NoAnswer", "Unplugged", "WrongCore"]


class LinkError(RuntimeError):
    """A call to a device did not work; the next one may."""


class NoAnswer(LinkError):
    """Nothing, or nothing that makes sense, came in time."""


class Unplugged(LinkError):
    """The port is gone or can't be opened."""


class WrongCore(LinkError):
    """What answers is not a core that this driver knows, or not the one that was asked for."""


class JobError(LinkError, InputError):
    """The job does not fit the core; nothing was sent."""


class CoreError(LinkError):
    """The core itself refused a job: ``name`` is that of its error."""

    def __init__(self, name, message):
        super().__init__(message)
        self.name = name
