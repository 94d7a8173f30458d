"""Synthesis, place and route with the open ECP5 tools, and the report that measures every design with them."""
