"""The check after synthesis: a netlist in the bench of its core."""
