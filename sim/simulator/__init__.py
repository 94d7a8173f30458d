"""Simulators built from Verilog text, with Verilator and Icarus."""
