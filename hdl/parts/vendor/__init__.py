"""Primitives of FPGA families."""
