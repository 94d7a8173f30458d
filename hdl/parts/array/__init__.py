"""The systolic array, and what feeds it."""
