"""What the presets of all designs cost: cells, clock and cycles, measured."""
