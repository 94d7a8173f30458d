"""Boards and their chips, and what lies around a core on one: pins, clock, host link."""
