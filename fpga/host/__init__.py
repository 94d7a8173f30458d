"""The host's end of the link: jobs on a core behind a serial port."""

from attnforge.fpga.host.device import DEFAULT_BAUD, Device

__all__ = ["DEFAULT_BAUD", "Device"]
