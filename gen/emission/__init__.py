"""From components to Verilog that a person can read."""
