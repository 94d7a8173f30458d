"""Memories, and the bookkeeping of their banks."""
