"""Drivers of ports from Python, in place of the harness."""
