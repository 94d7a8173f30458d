"""From Verilog to a bitstream with the open tools: synthesis, place and route, and whether a core fits."""
