"""Proofs of what the library's parts promise, for all inputs and all time."""
