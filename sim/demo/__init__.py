"""Real heads and layers through the RTL of a design, with a table and a picture."""
