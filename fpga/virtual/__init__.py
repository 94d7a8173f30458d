"""A board in simulation, for those who have none: a core, its host link and a noisy line."""
