"""Exact softmax attention and linear layers on one dense array."""
